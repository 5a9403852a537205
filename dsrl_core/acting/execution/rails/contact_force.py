"""The external force, less what is measured at rest, stays below 25 N.

The estimate of the external force has an offset of some newtons that depends on load and posture. It is taken at rest,
when the arm is armed; without it, forces count as they are.
"""

import numpy as np

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, ms
from dsrl_core.types import F64

NUMBER = 11
DEADLINE = "20 ms"
ACTION = "stop, HOLD until the operator confirms; no recovery of its own unless that is asked for"

FORCE_N = 25.0
CONTACT_S = 0.02
SILENT_S = 0.2


class ContactForce:
    """Judges the external force at the tool."""

    def __init__(self, recovers: bool = False) -> None:
        """`recovers`: whether HOLD ends by itself when the contact does."""
        self._level = Level.HOLD if recovers else Level.LATCHED
        self._bias: F64 = np.zeros(3)
        self._since_s: float | None = None  # monotonic time since which the force has been too large
        self._heard_s: float | None = None

    def rest(self, forces: F64) -> None:
        """Take the offset from forces f64[n, 3] in N, measured at rest; without a finite one the last is kept."""
        sound = forces[np.isfinite(forces).all(axis=-1)]
        if len(sound):
            self._bias = np.median(sound, axis=0)

    def check(self, force: F64, now_s: float) -> Verdict:
        """Judge a force f64[3] in N, measured at the monotonic time `now_s`."""
        self._heard_s = now_s
        size = float(np.linalg.norm(force - self._bias))
        if size < FORCE_N:  # not where it is NaN
            self._since_s = None
            return OK
        self._since_s = now_s if self._since_s is None else self._since_s
        if now_s - self._since_s < CONTACT_S:
            return OK
        return Verdict(
            self._level, f"an external force of {size:.0f} N for {ms(now_s - self._since_s)}; allowed: {FORCE_N:.0f} N"
        )

    def watch(self, now_s: float) -> Verdict:
        """Judge whether forces still come, once the first has come."""
        if self._heard_s is None or now_s - self._heard_s <= SILENT_S:
            return OK
        return Verdict(
            Level.HOLD, f"no external force was told for {ms(now_s - self._heard_s)}: contact is not watched"
        )
