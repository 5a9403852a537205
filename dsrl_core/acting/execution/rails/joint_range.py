"""No joint comes closer to its limit than 0.1 rad, the way that it needs to stop included; from 0.2 rad on it slows.

Motion away from a limit is free, also of a joint that is closer already.
"""

import numpy as np

from dsrl_core.types import F64

NUMBER = 5
DEADLINE = "each tick"
ACTION = "the joint is slowed; inward is free"

SLOWS = 0.2  # rad
BLOCKS = 0.1  # rad
SLACK = 1e-9  # rad, for rounding


def slowed(velocities: F64, rest: F64, low: F64, high: F64, allowed: F64) -> F64:
    """Velocities whose part towards a near limit is bounded.

    Args:
        velocities: f64[..., n], rad/s, that are wanted.
        rest: f64[..., n], rad, where the joints would come to rest if they were stopped now.
        low: f64[n], least position of each joint, rad.
        high: f64[n], greatest one.
        allowed: f64[n], speed that a joint may have far from its limits, rad/s.
    Returns:
        f64[..., n], rad/s: up to `allowed` at 0.2 rad from a limit, none at 0.1 rad.
    """
    up, down = (allowed * np.clip((away - BLOCKS) / (SLOWS - BLOCKS), 0, 1) for away in (high - rest, rest - low))
    return np.clip(velocities, -down, up)


def holds(rest: F64, rest_before: F64, low: F64, high: F64) -> np.ndarray:
    """Whether joints that come to rest at f64[..., n], rad, keep off their limits, or no farther in than before."""
    above = rest <= np.maximum(high - BLOCKS, rest_before) + SLACK
    below = rest >= np.minimum(low + BLOCKS, rest_before) - SLACK
    return np.asarray((above & below).all(axis=-1))
