"""Each joint stays below its allowed speed and below 0.8 of the speed that its position permits.

Where one is too fast, all are scaled together, so that the tool keeps its direction.
"""

import numpy as np

from dsrl_core.types import F64

NUMBER = 3
DEADLINE = "each tick"
ACTION = "all joints are scaled together"

SHARE = 0.8  # of the limits at a position, which the controller enforces without a margin
SLACK = 1e-9  # rad/s, for rounding


def bounds(allowed: F64, least: F64, greatest: F64) -> tuple[F64, F64]:
    """Least and greatest velocity of each joint, rad/s.

    Args:
        allowed: f64[n], speed that the project lets a joint have, rad/s.
        least: f64[..., n], the arm's own limit at a position, rad/s, not above 0.
        greatest: f64[..., n], the same, not below 0.
    Returns:
        two f64[..., n].
    """
    return np.maximum(-allowed, SHARE * least), np.minimum(allowed, SHARE * greatest)


def scaled(velocities: F64, low: F64, high: F64) -> F64:
    """Velocities f64[..., n] times the greatest factor up to 1 that brings all between `bounds`."""
    room = np.where(velocities > 0, high, -low)
    excess = (np.abs(velocities) / np.maximum(room, 1e-9)).max(axis=-1, keepdims=True)
    return velocities / np.maximum(excess, 1.0)


def holds(velocities: F64, low: F64, high: F64) -> np.ndarray:
    """Whether all joints are between `bounds`, bool[...]."""
    return np.asarray(((velocities >= low - SLACK) & (velocities <= high + SLACK)).all(axis=-1))
