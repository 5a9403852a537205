"""What a robot's drivers say of it, put together: mode, whether it carries out commands, and words for people.

After a reflex the drivers switch the hardware off and fall silent, so that the mode may never say so: silence counts.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from dsrl_core.acting.execution.robot_end.interface import RobotMode

SILENT_S = 0.2  # a state that is older says nothing of now
ACTIVE = "active"  # the lifecycle state of hardware and controllers that work
NAMES = {
    RobotMode.OTHER: "other",
    RobotMode.IDLE: "idle",
    RobotMode.MOVE: "moving",
    RobotMode.GUIDING: "guided by hand",
    RobotMode.REFLEX: "reflex",
    RobotMode.USER_STOPPED: "user stop",
    RobotMode.AUTOMATIC_ERROR_RECOVERY: "recovering",
}
ADVICE = {
    RobotMode.REFLEX: "look at the arm, then ask for recovery",
    RobotMode.USER_STOPPED: "release the user stop, then ask for recovery",
    RobotMode.GUIDING: "let go of the guiding button",
}


class Level(IntEnum):
    """As in diagnostic_msgs."""

    OK = 0
    WARN = 1
    ERROR = 2


class RobotStatus:
    """The last of what was heard. It has no clock: callers give the monotonic time."""

    def __init__(self, hardware: str, controllers: Sequence[str]) -> None:
        """The names of the hardware component and of the controllers that must be active."""
        self._needed = (hardware, *controllers)
        self._states: dict[str, str] = {}  # of hardware and controllers
        self._mode: int = RobotMode.OTHER
        self._errors: tuple[str, ...] = ()
        self._last_errors: tuple[str, ...] = ()  # kept while the drivers are silent, and after the flags clear
        self._heard_s = -float("inf")

    def hear_state(self, mode: int, errors: Sequence[str], last_motion_errors: Sequence[str], now_s: float) -> None:
        """The robot's own state: its mode and the names of its error flags."""
        self._mode, self._errors, self._heard_s = mode, tuple(errors), now_s
        self._last_errors = tuple(errors) or tuple(last_motion_errors) or self._last_errors

    def hear_activity(self, states: Mapping[str, str]) -> None:
        """Lifecycle states of hardware components and controllers, by name."""
        self._states.update(states)

    def silent(self, now_s: float) -> bool:
        return now_s - self._heard_s > SILENT_S

    def mode(self, now_s: float) -> int:
        """The robot's mode; OTHER while its state is silent."""
        return int(RobotMode.OTHER) if self.silent(now_s) else self._mode

    def active(self, now_s: float) -> bool:
        """Whether hardware and controllers are active and the robot's state is fresh."""
        return not self.silent(now_s) and not self._inactive()

    def words(self, now_s: float) -> tuple[Level, str]:
        """What people are told: how bad it is, what is wrong and what to do."""
        if self.silent(now_s):
            return Level.ERROR, self._words_of_silence(now_s)
        name = NAMES.get(RobotMode(self._mode), "") if self._mode in NAMES else f"mode {self._mode}"
        errors = f": {', '.join(self._errors)}" if self._errors else ""
        if self._mode in (RobotMode.REFLEX, RobotMode.USER_STOPPED) or self._errors:
            advice = ADVICE.get(RobotMode(self._mode), "ask for recovery") if self._mode in NAMES else ""
            return Level.ERROR, f"{name}{errors}; {advice}"
        if self._inactive():
            return Level.ERROR, f"{name}, but not active: {', '.join(self._inactive())}; ask for recovery"
        if self._mode == RobotMode.GUIDING:
            return Level.WARN, f"{name}; {ADVICE[RobotMode.GUIDING]}"
        return Level.OK, name

    def _inactive(self) -> list[str]:
        """What must be active and is not, with its state."""
        states = {name: self._states.get(name, "not there") for name in self._needed}
        return [f"{name} ({state})" for name, state in states.items() if state != ACTIVE]

    def _words_of_silence(self, now_s: float) -> str:
        if self._heard_s == -float("inf"):
            return "no state of the robot yet: do the drivers run, and is FCI activated?"
        why = f"; last errors: {', '.join(self._last_errors)}" if self._last_errors else ""
        off = f"; not active: {', '.join(self._inactive())}" if self._inactive() else ""
        return (
            f"the robot's state is silent for {now_s - self._heard_s:.1f} s, as after a reflex or a stop{why}{off}; "
            "look at the arm, then ask for recovery"
        )
