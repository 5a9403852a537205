"""Velocities change by 5 rad/s^2 at most on average between knots, which quintics make 7.5 rad/s^2 at their peak."""

import numpy as np

from dsrl_core.types import F64

NUMBER = 4
DEADLINE = "each tick"
ACTION = "the change is scaled, all joints together"

ACCELERATION = 5.0  # rad/s^2, average between two knots; Franka's limit is 10 at any moment
PEAK = 1.5  # a quintic's greatest acceleration between knots without any, by its average
SHORTEST_STOP_S = 0.02


def scaled(before: F64, after: F64, span_s: float) -> F64:
    """Velocities f64[..., n], rad/s, on the way from `before` to `after` as far as `span_s` allows."""
    change = after - before
    excess = np.abs(change).max(axis=-1, keepdims=True) / (ACCELERATION * span_s)
    return before + change / np.maximum(excess, 1.0)


def braked(before: F64, span_s: float) -> F64:
    """Velocities f64[..., n], rad/s, after braking with all joints together for `span_s`: none turns aside."""
    return scaled(before, np.zeros_like(before), span_s)


def stop_time(velocities: F64) -> F64:
    """How long a quintic to rest takes that brakes by 5 rad/s^2 at its peak, s, f64[..., 1], from f64[..., n]."""
    fastest = np.abs(velocities).max(axis=-1, keepdims=True)
    return np.maximum(PEAK * fastest / ACCELERATION, SHORTEST_STOP_S)
