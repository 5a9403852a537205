"""Measured joints change while the arm is commanded to move, and their stamps are this machine's time.

A driver that repeats its last message is not silent, so silence alone does not show it.
"""

import numpy as np

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, ms
from dsrl_core.types import F64

NUMBER = 9
DEADLINE = "the same bits for 100 ms while commanding; stamps off by 50 ms for 100 ms"
ACTION = "FAULT until the operator confirms"

FROZEN_S = 0.1
STAMP_S = 0.05  # the largest difference between a stamp and this machine's time
MOVING = 0.02  # rad/s: a commanded speed from which on encoders show a change within the deadline


class FrozenState:
    """Judges joint states as they come."""

    def __init__(self) -> None:
        self._last: F64 | None = None
        self._same_s: float | None = None  # monotonic time since which joints have been the same while commanding
        self._off_s: float | None = None  # monotonic time since which stamps have been off

    def check(self, measured: F64, commanded: F64, stamp_off_s: float, now_s: float) -> Verdict:
        """Judge joint states.

        Args:
            measured: f64[j], rad.
            commanded: velocities f64[j] at this time, rad/s.
            stamp_off_s: this machine's time minus their stamp.
            now_s: monotonic time.
        """
        moving = bool((np.abs(commanded) > MOVING).any())
        same = self._last is not None and self._last.tobytes() == measured.tobytes()
        self._same_s = _since(self._same_s, moving and same, now_s)
        self._off_s = _since(self._off_s, not abs(stamp_off_s) <= STAMP_S, now_s)
        self._last = measured.copy()
        if self._same_s is not None and now_s - self._same_s > FROZEN_S:
            return Verdict(Level.FAULT, f"the measured joints are frozen: the same for {ms(now_s - self._same_s)}")
        if self._off_s is not None and now_s - self._off_s > FROZEN_S:
            return Verdict(
                Level.FAULT,
                f"the stamps of the joint states are {ms(stamp_off_s)} off; allowed: {ms(STAMP_S)}: synchronise clocks",
            )
        return OK


def _since(since_s: float | None, holds: bool, now_s: float) -> float | None:
    """Since when a condition holds without interruption, None while it does not."""
    if not holds:
        return None
    return now_s if since_s is None else since_s
