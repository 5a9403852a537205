"""The guided reset between episodes: step by step, and with a person's confirmation before and after the arm moves."""

from dataclasses import dataclass
from enum import Enum

HOME_ERROR_RAD = 0.01
HOME_S = 30.0  # within which the arm has to be at home
REST_S = 3.0  # within which it has to come to rest
OPEN_S = 3.0  # within which the gripper has to be open


class Phase(Enum):
    """What is waited for, in this order."""

    REST = "the arm at rest"
    OPEN = "the gripper open"
    AREA = "confirmation that the area is clear"
    HOME = "the arm at home"
    SCENE = "confirmation that the scene is reset"
    DONE = ""


FOR_A_PERSON = (Phase.AREA, Phase.SCENE)
LIMITS = {
    Phase.REST: (REST_S, "the arm did not come to rest"),
    Phase.OPEN: (OPEN_S, "the gripper did not open"),
    Phase.HOME: (HOME_S, "the arm is not at home"),
}


@dataclass(frozen=True, slots=True)
class ArmState:
    """What a reset has to know of the arm."""

    at_rest: bool
    gripper_open: bool
    home_error_rad: float  # the joint that is farthest from home; NaN where that is not known


class GuidedReset:
    """Knows the phase of a reset, and when one takes too long."""

    def __init__(self, now_s: float) -> None:
        self.phase = Phase.REST
        self._since_s = now_s

    def observe(self, arm: ArmState, now_s: float) -> bool:
        """Look at the arm; whether another phase begins with it."""
        reached = {
            Phase.REST: arm.at_rest,
            Phase.OPEN: arm.gripper_open,
            Phase.HOME: arm.at_rest and arm.home_error_rad <= HOME_ERROR_RAD,
        }
        return reached.get(self.phase, False) and self._next(now_s)

    def confirm(self, now_s: float) -> bool:
        """Take a person's confirmation; whether another phase begins with it. Where none is due it does nothing."""
        return self.phase in FOR_A_PERSON and self._next(now_s)

    def fault(self, now_s: float) -> str:
        """What takes too long, empty if nothing. A person may take any time."""
        limit_s, text = LIMITS.get(self.phase, (float("inf"), ""))
        return f"{text} within {limit_s:.0f} s" if now_s - self._since_s > limit_s else ""

    def _next(self, now_s: float) -> bool:
        phases = list(Phase)
        self.phase, self._since_s = phases[phases.index(self.phase) + 1], now_s
        return True
