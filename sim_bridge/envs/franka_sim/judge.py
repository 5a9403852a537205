"""Judges commanded positions as an arm's controller does, by differences alone; it knows nothing of the planner."""

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.types import F64

HISTORY = 3  # samples that jerk reaches back


class Judge:
    """Says which limit of the arm a stream of joint positions at a fixed rate breaks.

    Velocity, acceleration and jerk are differences of consecutive positions, as an arm's controller forms them. A real
    arm answers a broken limit with a reflex: it stops, and a person has to see to it.
    """

    def __init__(self, arm: ArmModel, period_s: float) -> None:
        self._arm, self._period_s = arm, period_s
        self._last = np.zeros((HISTORY, arm.size))

    def rest(self, positions: F64) -> None:
        """The arm stands at `positions` f64[n], rad."""
        self._last = np.tile(np.asarray(positions, np.float64), (HISTORY, 1))

    def verdict(self, positions: F64) -> str:
        """The first limit that the next `positions` f64[t, n], rad, break, in words; empty if they break none."""
        stream = np.concatenate([self._last, positions])
        self._last = stream[-HISTORY:]
        velocity = np.diff(stream, axis=0) / self._period_s
        acceleration = np.diff(velocity, axis=0) / self._period_s
        jerk = np.diff(acceleration, axis=0) / self._period_s
        arm = self._arm
        slowest, fastest = arm.speed_limits(positions)
        found = (
            _beyond("position", "rad", positions, arm.position_min, arm.position_max, arm),
            _beyond("velocity", "rad/s", velocity[2:], slowest, fastest, arm),
            _beyond("acceleration", "rad/s^2", acceleration[1:], -arm.acceleration_max, arm.acceleration_max, arm),
            _beyond("jerk", "rad/s^3", jerk, -arm.jerk_max, arm.jerk_max, arm),
        )
        return next(filter(None, found), "")


def _beyond(what: str, unit: str, values: F64, low: F64, high: F64, arm: ArmModel) -> str:
    beyond = ~((values >= low) & (values <= high))  # true of NaN as well
    if not beyond.any():
        return ""
    sample, joint = np.argwhere(beyond)[0]
    least, most = (np.broadcast_to(limit, values.shape)[sample, joint] for limit in (low, high))
    return f"{what} of {arm.joints[joint]} is {values[sample, joint]:.4g} {unit}; allowed: {least:.4g} to {most:.4g}"
