"""What is commanded after lost ticks: from where the arm has gone by itself back to the plan, without a step.

For a command that does not come in time an arm keeps the last acceleration and integrates it. Whoever then sends the
planned position asks for a step, small but taken within 1 ms, which draws a reflex. Source: libfranka, system
requirements: "takes the previous waypoints and performs a linear extrapolation".
"""

import numpy as np

from dsrl_core.acting.execution.arm.quintic import State, evaluate, quintic
from dsrl_core.types import F64
from dsrl_ros.robot_ends.fci.follower import Follower

SPANS_S = np.array([0.05, 0.08, 0.12, 0.18, 0.26])  # from the gap until the plan is met
LONGEST_S = float(SPANS_S[-1])
QUICK_S, LONG_S = 0.08, 6e-3  # a shorter gap leaves so little that any way will do, which is sooner found
FARTHEST = 1000 / 6  # rad/s^3: jerk of a plan, of which keeping the acceleration is the error
SLACK = 1e-6  # rad
STEPS = np.linspace(0.0, 1.0, 16)  # of each, at which accelerations are looked at


class Rejoin:
    """An offset f64[n] from the plan, 0 but for a short time after a gap."""

    def __init__(self, tick_s: float) -> None:
        """`tick_s`: time between two commands, of which the arm takes differences."""
        self._tick_s = tick_s
        self._since_s = -np.inf
        self._span_s = 0.0
        self._coefficients: F64 | None = None

    def gap(
        self, now_s: float, lost_s: float, follower: Follower, positions: F64, velocities: F64, accelerations: F64
    ) -> None:
        """Begin where the arm is after lost ticks: its own desired motion f64[n] at the time `now_s`."""
        q, v, a = follower.state(now_s)
        expected = self.at(now_s)
        away, bend = positions - q, accelerations - a
        drift = velocities + accelerations * self._tick_s / 2 - v  # a difference lies half a tick back
        if np.abs(away - expected).max() > FARTHEST * max(lost_s, 2 * self._tick_s) ** 3 + SLACK:
            return  # not where it would have gone by itself: a simulator has taken a late command after all
        if lost_s < LONG_S:
            still = np.zeros_like(away)
            self._coefficients, self._span_s = quintic((away, drift, bend), (still, still, still), QUICK_S), QUICK_S
        else:
            self._coefficients, self._span_s = _gentlest(now_s, follower, (away, drift, bend))
        self._since_s = now_s

    def at(self, now_s: float) -> F64 | float:
        """The offset from the plan at a time, rad; 0 once the plan is met."""
        if self._coefficients is None or self.is_over(now_s):
            return 0.0
        return evaluate(self._coefficients, np.asarray(now_s - self._since_s))[0]

    def is_over(self, now_s: float) -> bool:
        """Whether the plan is met."""
        return now_s - self._since_s >= self._span_s


def _gentlest(now_s: float, follower: Follower, offset: State) -> tuple[F64, float]:
    """The way f64[6, n] from an offset to none, of `SPANS_S`, that asks least of the arm together with the plan."""
    spans, shape = SPANS_S[:, None], (len(SPANS_S), len(offset[0]))
    still = np.zeros(shape)
    start = tuple(still + part for part in offset)
    ways = np.moveaxis(quintic(start, (still, still, still), spans), 0, 1)  # type: ignore[arg-type]  # [spans, 6, n]
    times = spans * STEPS
    bends = evaluate(ways[:, None], times)[2]
    plan = follower.states(now_s + times.ravel())[2].reshape(bends.shape)
    best = int(np.abs(bends + plan).max(axis=(1, 2)).argmin())
    return ways[best], float(SPANS_S[best])
