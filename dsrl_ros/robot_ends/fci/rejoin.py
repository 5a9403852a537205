"""What is commanded after lost ticks: from where the arm has gone by itself back to the plan, without a step.

For a command that does not come in time an arm keeps the last acceleration and integrates it. Whoever then sends the
planned position asks for a step, small but taken within 1 ms, which draws a reflex. Source: libfranka, system
requirements: "takes the previous waypoints and performs a linear extrapolation".
"""

import numpy as np

from dsrl_core.acting.execution.arm.quintic import evaluate, quintic
from dsrl_core.types import F64
from dsrl_ros.robot_ends.fci.follower import Follower

SPAN_S = 0.12  # from the gap until the plan is met


class Rejoin:
    """An offset f64[n] from the plan, 0 but for a short time after a gap."""

    def __init__(self, tick_s: float) -> None:
        """`tick_s`: time between two commands, of which the arm takes differences."""
        self._tick_s = tick_s
        self._since_s = -np.inf
        self._coefficients: F64 | None = None

    def gap(self, now_s: float, follower: Follower, positions: F64, velocities: F64, accelerations: F64) -> None:
        """Begin where the arm is after lost ticks: its own desired motion f64[n] at the time `now_s`."""
        q, v, a = follower.state(now_s)
        away, bend = positions - q, accelerations - a
        drift = velocities + accelerations * self._tick_s / 2 - v  # a difference lies half a tick back
        still = np.zeros_like(away)
        self._coefficients = quintic((away, drift, bend), (still, still, still), SPAN_S)
        self._since_s = now_s

    def at(self, now_s: float) -> F64 | float:
        """The offset from the plan at a time, rad; 0 once the plan is met."""
        since = now_s - self._since_s
        if self._coefficients is None or since >= SPAN_S:
            return 0.0
        return evaluate(self._coefficients, np.asarray(since))[0]
