"""Recovery of an arm from an error, in steps: clear the errors, hardware on, controllers on, see that it is ready.

Switching the hardware on can itself clear errors, and every step lets the arm hold its position with force. So nothing
begins before a person asks, and a step that fails ends the recovery; the person asks again.
"""

from dataclasses import dataclass
from enum import StrEnum

from dsrl_core.acting.execution.robot_end.interface import RobotMode


class Step(StrEnum):
    """The steps in their order."""

    ERRORS = "clear the robot's errors"
    HARDWARE = "switch the hardware on"
    CONTROLLERS = "switch the controllers on"
    CHECK = "see that the arm is ready"


ORDER = tuple(Step)
LIMIT_S = {Step.ERRORS: 10.0, Step.HARDWARE: 10.0, Step.CONTROLLERS: 10.0, Step.CHECK: 3.0}
PERSON_FIRST = {
    RobotMode.USER_STOPPED: "the user stop is pressed: release it first",
    RobotMode.GUIDING: "the arm is being guided by hand: let go of the guiding button first",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a recovery ended, for the person who asked."""

    success: bool
    text: str


class Recovery:
    """The state of a recovery. It has no clock: callers give the monotonic time."""

    def __init__(self) -> None:
        self._step: Step | None = None
        self._begun = False
        self._since_s = 0.0
        self._outcome: Outcome | None = None

    @property
    def running(self) -> bool:
        return self._step is not None

    def ask(self, mode: int) -> str:
        """Begin, for a robot in this mode; returns why not, empty where it begins."""
        if self._step is not None:
            return f"a recovery is under way: {self._step}"
        if mode in PERSON_FIRST:
            return PERSON_FIRST[RobotMode(mode)]
        self._step, self._begun, self._outcome = ORDER[0], False, None
        return ""

    def due(self, now_s: float) -> Step | None:
        """The step to begin now, each one once; to be asked at every tick."""
        if self._step is None:
            return None
        if not self._begun:
            self._begun, self._since_s = True, now_s
            return self._step
        if now_s - self._since_s > LIMIT_S[self._step]:
            self._fail(f"no answer for {LIMIT_S[self._step]:g} s")
        return None

    def answered(self, step: Step, success: bool, text: str = "") -> None:
        """The answer to a step; answers to other steps than the present one are late and change nothing."""
        if step is not self._step or not self._begun:
            return
        if not success:
            self._fail(text or "refused without a reason")
        elif step is Step.CHECK:
            self._end(Outcome(True, "the arm is ready"))
        else:
            self._step, self._begun = ORDER[ORDER.index(step) + 1], False

    def seen(self, active: bool, mode: int) -> None:
        """What the robot shows, at every tick: the last step ends once it is active and in no error."""
        if active and mode in (RobotMode.IDLE, RobotMode.MOVE):
            self.answered(Step.CHECK, True)

    def take_outcome(self) -> Outcome | None:
        """The end of a recovery, once."""
        outcome, self._outcome = self._outcome, None
        return outcome

    def _fail(self, text: str) -> None:
        assert self._step is not None
        self._end(Outcome(False, f"failed to {self._step}: {text}"))

    def _end(self, outcome: Outcome) -> None:
        self._step, self._outcome = None, outcome
