"""Every fault that a simulated robot knows: one clear message, the arm at rest, and the next episode can be played."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from arm_world import EPOCH_S, PLATFORM, ArmWorld, at_rest_within, moving

from dsrl_core.acting.arm.news import Recover, Stage
from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.rails.robot_state import USER_STOPPED
from dsrl_core.acting.execution.rails.verdict import Level
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_core.acting.freshness import Freshness
from dsrl_core.acting.moments import NewestMoments
from dsrl_core.acting.streams import REWARD, STATE, Sample
from dsrl_core.errors import InvalidRequest
from sim_bridge.real_time.faults import FAULTS, OF_A_CAMERA, Faults, fault_of
from sim_bridge.real_time.shown import Shown

CAMERAS = tuple(PLATFORM.observation.cameras)
COMMANDS_LATE_S = 0.06
STOPPED = {  # fault -> state, words of the reason
    "joints_stale": (SessionState.FAULT, "no joint states for 20"),
    "joints_nan": (SessionState.FAULT, "no joint states for 20"),
    "joints_frozen": (SessionState.FAULT, "the measured joints are frozen"),
    "clock_jump": (SessionState.FAULT, "stamps of the joint states are -3600000 ms off"),
    "reflex": (SessionState.FAULT, "no joint states for 20"),
    "user_stop": (SessionState.FAULT, "the user stop is pressed"),
    "commands_lost": (SessionState.HOLD, "rad ahead; allowed: 0.10 rad"),
}


@dataclass
class FaultyWorld(ArmWorld):
    """The arm as its drivers show it, with the faults that hold."""

    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shown = Shown(self.faults)
        self._late: deque[tuple[float, list[Knot]]] = deque()

    def ask(self, text: str) -> None:
        """A fault begins."""
        self.faults.add(fault_of(text, CAMERAS), self.now_s)
        if text in ("reflex", "user_stop"):
            here, still = self.track.sample(self.now_s), np.zeros(7)
            self.track.replace(self.now_s, [Knot(self.now_s + 0.2, here[0] + 0.1 * here[1], still)])

    def _show(self) -> None:
        while self._late and self._late[0][0] <= self.now_s:
            self.track.replace(self.now_s, self._late.popleft()[1])  # one that is wholly in the past is rejected
        if self.faults.holds("user_stop", self.now_s):
            self.core.robot(self.now_s, mode=USER_STOPPED, active=False)
        names = self.encoder.arm.joints
        shown = self.shown.joints("/arm", dict(zip(names, self._measured(), strict=True)), self.now_s)
        if shown is None or any(map(math.isnan, shown.positions.values())):
            return  # as the node, which takes no message that is not finite
        values = np.array(list(shown.positions.values()))
        self.core.joints(round(1e9 * (EPOCH_S + shown.stamp_s)), values, self.now_s - shown.stamp_s, self.now_s)

    def _follow(self, knots: list[Knot]) -> None:
        broken = any(self.faults.holds(name, self.now_s) for name in ("commands_lost", "reflex", "user_stop"))
        if self.faults.holds("commands_late", self.now_s):
            self._late.append((self.now_s + COMMANDS_LATE_S, knots))
        elif not broken:
            super()._follow(knots)

    def recover(self) -> None:
        """As the robot end, when it is asked to."""
        self.faults.recover()
        self.core.robot(self.now_s, mode=1, active=True)


def goes_on(world: FaultyWorld, episode: int) -> None:
    """The operator confirms, the robot recovers where it was asked to, and the next episode moves the arm."""
    world.run(0.1)
    assert world.press(Kind.CONFIRM_RESET)
    if any(isinstance(output, Recover) for _, output in world.sent):
        world.recover()
    world.run(0.2)
    world.begin(episode)
    world.run(0.8)  # also where the setpoint is brought back to the arm first
    assert world.core.session.state is SessionState.RUNNING
    assert world.speed() > 0.05


def test_every_fault_has_its_test():
    assert {*STOPPED, "commands_late", "gripper_stuck", *OF_A_CAMERA} == set(FAULTS)


@pytest.mark.parametrize("fault", STOPPED)
def test_a_fault_of_the_arm_is_named_stops_it_and_costs_one_episode(fault: str):
    state, words = STOPPED[fault]
    world = FaultyWorld()
    moving(world)
    world.ask(fault if fault in ("reflex", "user_stop") else f"{fault} 1.5")
    assert at_rest_within(world, 1.0)
    world.run(0.6)
    assert world.core.session.state is state
    (dropped,) = world.news(Stage.FAILED)
    assert words in dropped.reason
    assert words in world.core.status().reason
    assert world.core.status().waits_for == "confirmation that it may go on"
    goes_on(world, 2)
    assert len(world.news(Stage.FAILED)) == 1


def test_commands_that_are_late_by_less_than_their_lead_change_nothing():
    world = FaultyWorld()
    moving(world)
    world.ask("commands_late 2")
    world.run(2.0)
    assert world.core.session.state is SessionState.RUNNING
    assert (world.core.session.holds, world.news(Stage.FAILED)) == (0, [])


def test_a_gripper_that_is_stuck_stops_the_reset():
    world = FaultyWorld(guided=True)
    world.run(0.1)
    world.core.gripper(0.0)
    world._obey = world.core.outputs  # type: ignore[method-assign]  # nothing opens it
    world.core.start(1, 200, world.now_s)
    world.run(4.0)
    assert world.core.session.state is SessionState.HOLD
    assert world.core.session.reason == "the gripper did not open within 3 s"
    assert world.speed() == 0.0


def seen_of(fault: str, seconds: float, pixels: Callable[[int], np.ndarray]) -> tuple[NewestMoments, list[str]]:
    """What steering has of the cameras after a fault of one, with a decision due from the start, and complaints."""
    faults = Faults()
    shown, told = Shown(faults), list[str]()
    faults.add(fault_of(f"{fault} wrist", CAMERAS), 0.0)
    moments = NewestMoments({STATE, REWARD, *(f"images/{name}" for name in CAMERAS)}, PLATFORM)
    fresh = {name: Freshness(PLATFORM.observation.cameras[name]) for name in CAMERAS}
    for frame in range(round(30 * seconds)):
        now_s = frame / 30
        for name in CAMERAS:
            picture = shown.picture(name, pixels(frame), now_s)
            if picture is None:
                continue
            try:
                fresh[name].check(round(1e9 * picture.stamp_s), round(1e9 * picture.due_s), picture.pixels)
            except InvalidRequest as error:
                told.append(f"{error}")
            else:
                moments.add(f"images/{name}", Sample(round(1e9 * picture.stamp_s), now_s, None))
        if frame == round(30 * (seconds - 1.2)):
            moments.add(REWARD, Sample(round(1e9 * now_s), now_s, None))
    return moments, told


@pytest.mark.parametrize(
    ("fault", "words"), [("camera_drop", ""), ("camera_freeze", "the camera is frozen"), ("camera_late", "300 ms old")]
)
def test_a_fault_of_a_camera_is_named_and_ends_the_episode(fault: str, words: str):
    rng = np.random.default_rng(0)
    moments, told = seen_of(fault, 3.0, lambda frame: rng.integers(0, 255, (4, 4, 3), np.uint8))
    verdict = moments.cameras(3.0)
    assert verdict.level is Level.DROP
    assert "camera wrist: the newest image is" in verdict.reason
    assert all(words in text for text in told)
    assert bool(told) is bool(words)


def test_without_a_decision_the_arm_comes_to_rest_and_the_next_episode_is_played():
    world = FaultyWorld()
    moving(world)
    world.answers = False  # steering has no whole observation to decide from
    world.run(1.5)
    assert world.speed() < 1e-3
    world.core.start(2, 200, world.now_s)  # steering has dropped the episode
    world.run(0.1)
    assert [news.reason for news in world.news(Stage.FAILED)] == ["steering has given it up"]
    world.answers = True
    world.press(Kind.ARM)
    world.run(0.7)
    assert world.speed() > 0.05
