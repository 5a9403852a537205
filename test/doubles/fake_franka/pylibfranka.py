"""Stands in for pylibfranka: an arm that goes where it is told at once, judges what it is told, and obeys a script.

The script is `SCRIPT`, or for other processes the JSON of the variable FAKE_FRANKA:
    refuse: [exception, text] that the connection ends with; silent: it never answers
    mode: name of the mode at the start; period_s: time of a tick, 0 for as fast as possible
    lose: {tick: how many of the arm's ticks pass before the next state}; reflex_at: tick; user_stop: [from, to]
    hand: [exception, text] of every goal; hand_s: how long a goal takes
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from types import SimpleNamespace
from typing import Any

import numpy as np

HOME = [0.0, -np.pi / 5, 0.0, -4 * np.pi / 5, 0.0, 3 * np.pi / 5, 0.0]
TICK_S = 1e-3
INERTIA = np.array([2.0, 2.0, 2.0, 1.5, 0.3, 0.3, 0.1])  # kg m^2, of each joint
TORQUE_RATE = 1000.0  # Nm/s
ACCELERATION, JERK = 10.0, 5000.0  # beyond which a command draws a reflex
FOR_EVER_S = 3600.0

SCRIPT: dict[str, Any] = json.loads(os.environ.get("FAKE_FRANKA", "{}"))


class FrankaException(Exception): ...


class CommandException(RuntimeError): ...


class ControlException(RuntimeError): ...


class NetworkException(RuntimeError): ...


class RealtimeException(RuntimeError): ...


RealtimeConfig = Enum("RealtimeConfig", {"kEnforce": 0, "kIgnore": 1})
ControllerMode = Enum("ControllerMode", {"JointImpedance": 0})
MODES = ("Other", "Idle", "Move", "Guiding", "Reflex", "UserStopped", "AutomaticErrorRecovery")


class RobotMode(int):
    """A mode by its number, with its name."""

    @property
    def name(self) -> str:
        return MODES[self]


class Errors(str):
    """The errors of an arm, true if there are any."""


@dataclass
class Duration:
    seconds: float

    def to_sec(self) -> float:
        return self.seconds


@dataclass
class JointPositions:
    q: list[float]
    motion_finished: bool = False


@dataclass
class Torques:
    tau_J: list[float]  # noqa: N815
    motion_finished: bool = False


@dataclass
class Arm:
    """The arm itself, for the script and for tests to look at."""

    tick: int = 0  # its milliseconds
    q: np.ndarray = field(default_factory=lambda: np.array(HOME))
    dq: np.ndarray = field(default_factory=lambda: np.zeros(7))
    ddq: np.ndarray = field(default_factory=lambda: np.zeros(7))
    mode: str = "Idle"
    errors: str = ""
    last_errors: str = ""
    torques: np.ndarray | None = None  # of the last command, where it is commanded with torques
    answered: bool = True
    finished: int = 0  # motions that were ended as they should be
    recoveries: int = 0
    commands: list[list[float]] = field(default_factory=list)

    def state(self) -> SimpleNamespace:
        return SimpleNamespace(
            time=Duration(self.tick * TICK_S),
            **{"q": self.q.tolist(), "dq": self.dq.tolist(), "tau_J": [0.0] * 7},
            **{"q_d": self.q.tolist(), "dq_d": self.dq.tolist(), "ddq_d": self.ddq.tolist()},
            O_F_ext_hat_K=[0.0] * 6,
            control_command_success_rate=1.0,
            robot_mode=RobotMode(MODES.index(self.mode)),
            current_errors=Errors(self.errors),
            last_motion_errors=Errors(self.last_errors),
        )

    def pass_tick(self) -> None:
        """One millisecond: without a command it keeps its acceleration, as a real one does."""
        self.tick += 1
        if self.mode == "Move" and self.torques is not None:
            self.dq = self.dq + self.torques / INERTIA * TICK_S
            self.q = self.q + self.dq * TICK_S
            return
        if self.mode == "Move" and not self.answered:
            self.dq = self.dq + self.ddq * TICK_S
            self.q = self.q + self.dq * TICK_S
        self.answered = False

    def reflex(self, error: str) -> None:
        self.mode, self.errors, self.last_errors = "Reflex", error, error
        self.dq, self.ddq, self.torques = np.zeros(7), np.zeros(7), None
        raise ControlException(f'libfranka: Move command aborted: motion aborted by reflex! ["{error}"]')

    def take_torques(self, command: Torques) -> None:
        torques, before = np.array(command.tau_J), self.torques if self.torques is not None else np.zeros(7)
        assert np.isfinite(torques).all(), "the arm was told a torque that is not finite"
        if np.abs(torques - before).max() > TORQUE_RATE * TICK_S:
            self.reflex("tau_j_range_violation")
        self.torques = torques
        self.commands.append(self.q.tolist())
        if command.motion_finished:
            self.mode, self.finished, self.torques = "Idle", self.finished + 1, None

    def take(self, command: JointPositions) -> None:
        q = np.array(command.q)
        assert np.isfinite(q).all(), "the arm was told to go to a value that is not finite"
        dq = (q - self.q) / TICK_S
        ddq = (dq - self.dq) / TICK_S
        if np.abs(ddq).max() > ACCELERATION or np.abs(ddq - self.ddq).max() / TICK_S > JERK:
            told = f"fake arm: tick {self.tick}: {np.abs(ddq).max():.1f} rad/s^2 after {np.abs(self.ddq).max():.1f}"
            print(told, file=sys.stderr, flush=True)
            self.reflex("joint_motion_generator_acceleration_discontinuity")
        self.q, self.dq, self.ddq, self.answered = q, dq, ddq, True
        self.commands.append(command.q)
        if command.motion_finished:
            assert np.abs(dq).max() < 1e-9, "the motion was ended while the arm moved"
            self.mode, self.finished = "Idle", self.finished + 1


class Robot:
    """Connects as the script has it. Hooks of tests: `arm`, and `on_tick`, which is called before each state."""

    def __init__(self, ip: str, config: Any = RealtimeConfig.kEnforce) -> None:
        self.config = config
        _begin("refuse")
        self.arm = Arm(mode=SCRIPT.get("mode", "Idle"))
        self.on_tick: Callable[[int], None] = lambda tick: None
        self._ticks = 0

    def set_collision_behavior(self, *thresholds: list[float]) -> None:
        assert [len(values) for values in thresholds] == [7, 7, 6, 6]

    def read_once(self) -> SimpleNamespace:
        self._pass(1)
        return self.arm.state()

    def start_joint_position_control(self, mode: Any) -> "ActiveControl":
        if self.arm.mode != "Idle":
            raise CommandException(f"libfranka: Move command rejected: command not possible in {self.arm.mode}!")
        self.arm.mode, self.arm.answered = "Move", True
        return ActiveControl(self)

    def start_torque_control(self) -> "ActiveControl":
        control = self.start_joint_position_control(None)
        self.arm.torques = np.zeros(7)
        return control

    def automatic_error_recovery(self) -> None:
        self.arm.recoveries += 1
        self.arm.mode, self.arm.errors = "Idle", ""

    def _pass(self, ticks: int) -> None:
        self._ticks += 1
        self.on_tick(self._ticks)
        time.sleep(ticks * SCRIPT.get("period_s", TICK_S))
        for _ in range(ticks):
            self.arm.pass_tick()
        start, end = SCRIPT.get("user_stop", (-1, -1))
        if self._ticks == start:
            moving, self.arm.mode = self.arm.mode == "Move", "UserStopped"
            if moving:
                raise ControlException("libfranka: Move command aborted: User Stop pressed!")
        if self._ticks == end:
            self.arm.mode = "Idle"


class ActiveControl:
    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    def readOnce(self) -> tuple[SimpleNamespace, Duration]:  # noqa: N802
        passed = SCRIPT.get("lose", {}).get(str(self._robot._ticks), 0) + 1
        self._robot._pass(passed)
        if SCRIPT.get("reflex_at") == self._robot._ticks:
            self._robot.arm.reflex("cartesian_reflex")
        return self._robot.arm.state(), Duration(passed * TICK_S)

    def writeOnce(self, command: JointPositions | Torques) -> None:  # noqa: N802
        if isinstance(command, Torques):
            self._robot.arm.take_torques(command)
        else:
            self._robot.arm.take(command)


class Gripper:
    """A hand that reaches every goal, after `hand_s`. Tests read `calls`."""

    def __init__(self, ip: str) -> None:
        _begin("refuse_hand")
        self.width, self.calls = 0.08, list[str]()

    def read_once(self) -> SimpleNamespace:
        time.sleep(TICK_S)
        return SimpleNamespace(width=self.width, max_width=0.08, is_grasped=False)

    def move(self, width: float, speed: float) -> bool:
        return self._do(f"move {width:g}", width)

    def grasp(self, width: float, speed: float, force: float, inner: float, outer: float) -> bool:
        return self._do(f"grasp {width:g}", width)

    def homing(self) -> bool:
        return self._do("homing", 0.08)

    def stop(self) -> bool:
        self.calls.append("stop")
        return True

    def _do(self, call: str, width: float) -> bool:
        self.calls.append(call)
        time.sleep(SCRIPT.get("hand_s", 0.0))
        if "hand" in SCRIPT:
            raise globals()[SCRIPT["hand"][0]](SCRIPT["hand"][1])
        self.width = width
        return True


def _begin(key: str) -> None:
    if SCRIPT.get("silent"):
        time.sleep(FOR_EVER_S)
    if key in SCRIPT:
        name, text = SCRIPT[key]
        raise globals()[name](text)
