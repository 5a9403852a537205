"""The setpoint is at most 0.10 rad from the measured joints.

Setpoints are integrated from the setpoint before, so a blocked or switched-off arm would be left ever further behind,
and would jump when it is free. When it is armed again, the planner is anchored at the measured joints.
"""

import numpy as np

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.types import F64

NUMBER = 7
DEADLINE = "2 ticks in a row"
ACTION = "HOLD until the operator confirms; anchored anew at the measured joints"

LEAD_RAD = 0.10
TICKS = 2


def beyond(apart: F64) -> bool:
    """Whether a joint is farther than the limit from its setpoint: f64[j], rad; one that is NaN is."""
    return not (np.abs(apart) <= LEAD_RAD).all()


class Lead:
    """Judges setpoint and measured joints at each tick."""

    def __init__(self) -> None:
        self._ticks = 0
        self._settled_s = float("-inf")

    def anchor(self, settled_s: float) -> None:
        """Forget what was before: the setpoint is brought to the measured joints until the monotonic `settled_s`.

        Until then it is on its way, slowly, and how far it still has to go is not judged.
        """
        self._ticks, self._settled_s = 0, settled_s

    def check(self, setpoint: F64, measured: F64, now_s: float) -> Verdict:
        """Judge a tick; both f64[j], rad."""
        if now_s < self._settled_s:
            return OK
        apart = np.abs(setpoint - measured)
        self._ticks = self._ticks + 1 if beyond(apart) else 0
        if self._ticks < TICKS:
            return OK
        joint = int(np.argmax(np.where(np.isfinite(apart), apart, np.inf)))
        return Verdict(
            Level.LATCHED,
            f"the setpoint of joint {joint + 1} is {apart[joint]:.2f} rad ahead; allowed: {LEAD_RAD:.2f} rad",
        )
