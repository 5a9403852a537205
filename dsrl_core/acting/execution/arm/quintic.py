"""The setpoint of a joint trajectory controller that interpolates with quintics between knots at absolute times."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dsrl_core.types import F64


@dataclass(frozen=True, slots=True, eq=False)
class Knot:
    """Positions, velocities and accelerations of n joints at one time."""

    time_s: (
        float  # by the clock of whoever uses it; its origin must be near, as quintics divide by cubes of differences
    )
    positions: F64  # [n], rad
    velocities: F64  # [n], rad/s
    accelerations: F64 | float = 0.0  # [n], rad/s^2; 0.0: none


State = tuple[F64, F64, F64]  # positions, rad; velocities, rad/s; accelerations, rad/s^2; each f64[..., n]


class Track:
    """What a joint trajectory controller commands: a quintic to each knot in turn, then rest at the last one.

    Source: ros2_control's joint_trajectory_controller 4.42: points that are given accelerations are joined by quintics,
    and a trajectory that replaces another begins at the setpoint of that moment.
    """

    def __init__(self, positions: F64) -> None:
        """Rest at `positions` f64[n], rad."""
        rest = np.array(positions, np.float64)
        still = np.zeros_like(rest)
        self._times = np.array([-np.inf])  # where each piece begins; before the first one its start holds
        self._pieces = np.stack([rest, *[still] * 5])[None]  # [pieces, 6, n]: powers of the time since its beginning

    def replace(self, now_s: float, knots: Sequence[Knot]) -> bool:
        """Follow `knots` from now on; those that are not later than now are left out.

        Returns:
            False, and nothing changes, if no knot is left: the trajectory is wholly in the past.
        Raises:
            ValueError: times do not rise, or the last velocity is not 0.
        """
        if any(after.time_s <= before.time_s for before, after in pairwise(knots)):
            raise ValueError(f"knots: expected rising times, got {[knot.time_s for knot in knots]}")
        ahead = [knot for knot in knots if knot.time_s > now_s]
        if not ahead:
            return False
        if ahead[-1].velocities.any():
            raise ValueError(f"knots: expected rest at the last one, got velocities {ahead[-1].velocities}")
        start, still = self.sample(now_s), np.zeros_like(ahead[0].positions)
        ends = [(knot.positions, knot.velocities, still + knot.accelerations) for knot in ahead]
        spans = np.diff([now_s, *(knot.time_s for knot in ahead)])
        pieces = [quintic(a, b, span) for a, b, span in zip([start, *ends], ends, spans, strict=False)]
        rest = np.stack([ends[-1][0], *[still] * 5])
        self._times = np.array([now_s, *(knot.time_s for knot in ahead)])
        self._pieces = np.stack([*pieces, rest])
        return True

    def sample(self, now_s: float) -> State:
        """Positions, velocities and accelerations, each f64[n], at a time that is not before the last `replace`."""
        positions, velocities, accelerations = self.samples(np.array([now_s]))
        return positions[0], velocities[0], accelerations[0]

    def samples(self, times_s: F64) -> State:
        """The same at several times f64[t]; each f64[t, n]."""
        which = np.maximum(np.searchsorted(self._times, times_s, side="right") - 1, 0)
        since = np.where(np.isfinite(self._times[which]), times_s - self._times[which], 0.0)
        return evaluate(self._pieces[which], np.maximum(since, 0.0))

    @property
    def end_s(self) -> float:
        """When it comes to rest; -inf if it never moved."""
        return float(self._times[-1])


def quintic(start: State, end: State, span_s: float) -> F64:
    """Coefficients f64[6, n] of the quintic between two states, by powers of the time since the start, 0 to 5."""
    (q0, v0, a0), (q1, v1, a1), t = start, end, span_s
    distance = q1 - q0
    c3 = (20 * distance - (8 * v1 + 12 * v0) * t - (3 * a0 - a1) * t**2) / (2 * t**3)
    c4 = (-30 * distance + (14 * v1 + 16 * v0) * t + (3 * a0 - 2 * a1) * t**2) / (2 * t**4)
    c5 = (12 * distance - 6 * (v1 + v0) * t - (a0 - a1) * t**2) / (2 * t**5)
    return np.stack([q0, v0, a0 / 2, c3, c4, c5])


def evaluate(coefficients: F64, since_s: F64) -> State:
    """States f64[..., n] of polynomials f64[..., 6, n] at times f64[...] since their beginning."""
    c, t = np.moveaxis(coefficients, -2, 0), since_s[..., None]
    positions = c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * c[5]))))
    velocities = c[1] + t * (2 * c[2] + t * (3 * c[3] + t * (4 * c[4] + t * 5 * c[5])))
    accelerations = 2 * c[2] + t * (6 * c[3] + t * (12 * c[4] + t * 20 * c[5]))
    return positions, velocities, accelerations
