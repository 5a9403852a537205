"""Velocities change by 5 rad/s^2 at most on average between knots, which quintics make 7.5 rad/s^2 at their peak.

Less where an arm's file allows less, and where the change of a torque, by the arm's mass matrix, would exceed 0.8 of
what the arm permits.
"""

import numpy as np

from dsrl_core.types import F64

NUMBER = 4
DEADLINE = "each tick"
ACTION = "the change is scaled, all joints together"

PEAK = 1.5  # a quintic's greatest acceleration between knots without any, by its average
EDGE = 6.0  # its greatest jerk, which it has at both ends, by the change of velocity over the square of the time
TORQUE_SHARE = 0.8  # of the arm's limit of a torque's change; gravity, other forces and a load take of the rest
STOP_JERK = 600.0  # rad/s^3, at most in a stop; Franka's limit is 5,000
SHORTEST_STOP_S, SHORTEST_RAMP_S = 0.02, 0.01
SLACK = 1.2  # of the time that braking takes: periods are shorter at times, and the mass matrix changes on the way


def load(mass_matrix: F64, torque_rate_max: F64) -> F64:
    """What share of the permitted change of torque a jerk takes: share f64[n] = load f64[n, n] @ jerk f64[n], rad/s^3.

    Args:
        mass_matrix: f64[n, n], kg m^2; zeros where it is not known.
        torque_rate_max: f64[n], Nm/s.
    """
    return mass_matrix / (TORQUE_SHARE * torque_rate_max)[:, None]


def scaled(before: F64, after: F64, span_s: float, allowed: F64, load: F64) -> F64:
    """Velocities f64[n], rad/s, on the way from `before` to `after` as far as `span_s` allows.

    Args:
        before: f64[n], rad/s, at the last knot.
        after: f64[n], those wanted at the next one.
        span_s: time between both, s.
        allowed: f64[n], acceleration of each joint on average, rad/s^2.
        load: f64[n, n], see `load`.
    """
    change = after - before
    excess = np.abs(change / (allowed * span_s)).max()
    effort = EDGE / span_s**2 * np.abs(load @ change).max()
    return before + change / max(excess, effort, 1.0)


def braked(before: F64, span_s: float, allowed: F64, load: F64) -> F64:
    """Velocities f64[n], rad/s, after braking with all joints together for `span_s`: none turns aside; see `scaled`."""
    return scaled(before, np.zeros_like(before), span_s, allowed, load)


def brake_time(velocities: F64, period_s: float, allowed: F64, load: F64) -> F64:
    """How long braking to rest takes at most, step by step or by the stop of a message, s, f64[..., 1].

    Args:
        velocities: f64[..., n], rad/s.
        period_s: time between two knots, s.
        allowed: f64[n], see `scaled`.
        load: f64[n, n], the same.
    """
    slow = PEAK * np.abs(velocities / allowed).max(axis=-1, keepdims=True)
    heavy = SLACK * EDGE / period_s * np.abs(velocities @ load.T).max(axis=-1, keepdims=True)
    return np.maximum(slow, heavy)


def stop_spans(velocities: F64, deceleration: F64, load: F64) -> tuple[float, float]:
    """Times of a stop of all joints together, with accelerations that are a trapezoid.

    Args:
        velocities: f64[n], rad/s, from which they stop.
        deceleration: f64[n], greatest of each joint, rad/s^2.
        load: f64[n, n], see `load`.
    Returns:
        what the stop takes less its ramp, s, so that velocities over it are the decelerations between the ramps; and
        a ramp, s, in which the deceleration rises from 0, and later falls to it. The ramp is not the longer one.
    """
    least = float(np.abs(velocities / deceleration).max())
    gentle = max(float(np.abs(velocities).max()) / STOP_JERK, float(np.abs(load @ velocities).max()))
    level = max(least, gentle**0.5, SHORTEST_STOP_S)
    return level, min(max(gentle / level, SHORTEST_RAMP_S), level)
