"""A real `ArmExecutorNode` within a made-up world that goes on as time is told to: arm, drivers, steering and a person.

Time is made up, too, so that nothing depends on how fast the machine is.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import WrenchStamped
from motion_judge import judged
from real_nodes import Published, deliver, subscriptions
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, UInt8
from topic_samples import Samples

from dsrl_core.acting.execution.arm.quintic import Track
from dsrl_core.acting.execution.operator.scripted import Habits, ScriptedOperator
from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_core.acting.execution.session_state import SessionState
from dsrl_ros import msg
from dsrl_ros.interface import conversion as c
from dsrl_ros.nodes import arm_executor_node

TICK_S, LATENCY_S, TRANSPORT_S = 0.005, 0.1, 0.002  # joint states; the policy's time; a trajectory's way
AGAIN_S, PATIENCE_S = 1.0, 10.0  # steering asks again for an episode that does not begin, and drops one that is silent
START_S = 1_700_000_000  # of this world's clock
MOVES = 0.05  # rad/s


@dataclass
class ArmNodeWorld:
    """`run` lets time pass. Whatever is commanded is obeyed, and every trajectory is judged as it leaves."""

    node: Any
    monkeypatch: pytest.MonkeyPatch
    now_s: float = 0.0
    answers: bool = True  # the policy
    commanded: list[np.ndarray] = field(default_factory=list)  # joints at each ms, rad
    trajectories: int = 0

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(arm_executor_node, "monotonic", lambda: 1e3 + self.now_s)
        self.monkeypatch.setattr(arm_executor_node, "time_ns", self.clock_ns)
        self.monkeypatch.setattr(arm_executor_node, "sleep", self._sleep)
        self.arm = self.node._encoder.arm
        self.track = Track(self.arm.home + 0.05)
        self.heard, self.published = subscriptions(self.node), Published(self.node)
        self._script = ScriptedOperator(Habits(delay_s=0.1, mistakes=0.0), 0)
        self._random, self._ticks, self._read = np.random.default_rng(0), 0, dict[str, int]()
        self._asked: tuple[float, msg.TaskEvent] | None = None  # when the policy answers, and to what
        self._decision, self.episode = -1, 0
        self._begun, self._asked_s, self._told_s = (
            False,
            0.0,
            0.0,
        )  # of the episode; when it was asked for, and heard of
        self.start()

    def clock_ns(self) -> int:
        return START_S * 10**9 + round(1e9 * self.now_s)

    def samples(self) -> Samples:
        return Samples(self.node.config, self.episode, max(self._decision, 0), self.clock_ns())

    def start(self) -> None:
        """Steering asks for the present episode."""
        self._asked_s = self.now_s
        deliver(self.heard["start_episode"], self.samples().start())
        if "scene" in self.heard:  # a simulator puts it
            scene = c.with_id(msg.EpisodeStatus(), self.node.episode_id(self.episode), self.clock_ns())
            scene.state = msg.EpisodeStatus.READY
            deliver(self.heard["scene"], scene)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self._tick()

    def run_until_it_moves(self, within_s: float = 60.0) -> None:
        until_s = self.now_s + within_s
        while not self.moves:
            assert self.now_s < until_s, f"{self.node._core.status()}, episode {self.episode}"
            self.run(0.05)

    @property
    def moves(self) -> bool:
        running = self.node._core.session.state is SessionState.RUNNING
        return running and float(np.abs(self.track.sample(self.now_s)[1]).max()) > MOVES

    def arm_state(self) -> JointState:
        positions = self.track.sample(self.now_s)[0] + self._random.normal(0, 1e-6, self.arm.size)
        return c.joint_state_message(self.arm.joints, positions, self.clock_ns())

    def check(self) -> None:
        """All that was commanded, looked at as the arm's controller does."""
        positions = np.array(self.commanded)
        assert judged(positions) is None, judged(positions)

    def _tick(self) -> None:
        self._ticks += 1
        self._advance()
        deliver(self.heard[self.node.config.platform.action.feedback], self.arm_state())
        if self._ticks % 10 == 0:
            self._drivers()
            self._person()
        if self._ticks % 4 == 0:
            self.node._watch()
        self._steering()
        self.obey()

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def _advance(self) -> None:
        times = self.now_s + TRANSPORT_S + 1e-3 * np.arange(round(TICK_S / 1e-3))
        self.commanded += list(self.track.samples(times)[0])
        self.now_s = TICK_S * self._ticks

    def _drivers(self) -> None:
        deliver(self.heard[ports.ACTIVE.name], Bool(data=True))
        deliver(self.heard[ports.MODE.name], UInt8(data=2))
        fingers = c.joint_state_message((self.arm.gripper_joint,), np.full(1, self.arm.gripper_width / 2), 0)
        deliver(self.heard[ports.FINGERS.name], fingers)
        deliver(self.heard[ports.WRENCH.name], WrenchStamped(header=c.header(self.clock_ns())))

    def _person(self) -> None:
        status = self.node._core.status()
        running = self.node._core.session.state is SessionState.RUNNING
        for event in self._script.look(status.episode, status.waits_for, True, self.now_s, running):
            message = c.event_message(event, self.node.config.run_id, "robot0", self.clock_ns())
            deliver(self.heard["operator_event"], message)

    def _steering(self) -> None:
        if self.now_s - self._told_s > PATIENCE_S:
            self._next()
        elif not self._begun and self.now_s - self._asked_s > AGAIN_S:
            self.start()
        self._policy()

    def _next(self) -> None:
        self.episode, self._decision, self._asked = self.episode + 1, -1, None
        self._begun, self._told_s = False, self.now_s
        self.start()

    def _policy(self) -> None:
        if not self.answers or self._asked is None or self.now_s < self._asked[0]:
            return
        event, self._asked = self._asked[1], None
        self._decision += bool(len(event.executed)) or self._decision < 0
        chunk = self.samples().chunk()
        chunk.header.stamp = event.header.stamp
        wanted = np.clip(self._random.normal(0, 0.4, chunk.action_dim), -1, 1)
        chunk.actions = np.tile(wanted, chunk.horizon).astype(np.float32)
        deliver(self.heard["action_chunk"], chunk)

    def obey(self) -> None:
        """Take what the node has published since the last call."""
        for message in self._new(ports.TRAJECTORY.name):
            self._follow(message)
        for status in self._new("episode_status"):
            if status.episode == self.episode:
                self._told_s, self._begun = self.now_s, self._begun or status.state == msg.EpisodeStatus.READY
                if status.state in (msg.EpisodeStatus.FAILED, msg.EpisodeStatus.ENDED):
                    self._next()
        for event in self._new("task_event"):
            if event.episode == self.episode and not event.label:
                self._told_s, self._asked = self.now_s, (self.now_s + LATENCY_S, event)

    def _new(self, topic: str) -> list[Any]:
        messages, read = self.published.messages[topic], self._read.get(topic, 0)
        self._read[topic] = len(messages)
        return messages[read:]

    def _follow(self, message: Any) -> None:
        """Check a trajectory, and follow it."""
        self.trajectories += 1
        knots = c.knots_of(message, self.arm.joints, START_S * 10**9)
        positions = np.array([knot.positions for knot in knots])
        velocities = np.array([knot.velocities for knot in knots])
        assert np.isfinite(positions).all()
        assert np.isfinite(velocities).all()
        assert not any(self.arm.out_of_range(each) for each in positions)
        assert (np.abs(velocities) <= self.arm.speed_max).all()
        assert not velocities[-1].any()
        accelerations = np.array([point.accelerations for point in message.points])
        assert (np.abs(accelerations) <= self.arm.acceleration_max).all()
        assert not accelerations[-1].any()
        assert self.track.replace(self.now_s + TRANSPORT_S, knots), "a trajectory wholly in the past"
