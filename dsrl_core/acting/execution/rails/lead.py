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


class Lead:
    """Judges setpoint and measured joints at each tick."""

    def __init__(self) -> None:
        self._ticks = 0

    def anchor(self) -> None:
        """Forget what was before: the setpoint is at the measured joints."""
        self._ticks = 0

    def check(self, setpoint: F64, measured: F64) -> Verdict:
        """Judge a tick; both f64[j], rad."""
        apart = np.abs(setpoint - measured)
        within = bool((apart <= LEAD_RAD).all())  # False where one is NaN
        self._ticks = 0 if within else self._ticks + 1
        if self._ticks < TICKS:
            return OK
        joint = int(np.argmax(np.where(np.isfinite(apart), apart, np.inf)))
        return Verdict(
            Level.LATCHED,
            f"the setpoint of joint {joint + 1} is {apart[joint]:.2f} rad ahead; allowed: {LEAD_RAD:.2f} rad",
        )
