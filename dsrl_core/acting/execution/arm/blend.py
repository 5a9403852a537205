"""How a controller takes knots that came late: not by a jolt, but by the nearest way that keeps to the arm's limits.

A message that comes when the stop of the last one has begun asks for more than the arm can: to be at the next knot all
the same. So the first knot is left out, then all but rest, which then is sought later than the message has it. If none
of that is possible, the message is refused, and the arm follows the last one.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from dsrl_core.acting.execution.arm.dynamics import mass_matrix
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.quintic import Knot, State, Track
from dsrl_core.types import F64

LOOK_S, LEAST, MOST = 4e-3, 16, 64  # time between two looks at a piece of a way, and how many there are
LATER_S = 0.2  # than the message has it rest is sought
BLENDED = 0.9  # of the limits, where a way was made here
TORQUE_SHARE = 0.92  # of the limit of a torque's change; the rest is for what the mass matrix leaves out
NEAREST_S = 1e-3  # a knot that is nearer is as good as past
SLACK = 1e-6  # rad and rad/s, for rounding


def ways(knots: Sequence[Knot], late: bool) -> Iterator[tuple[Sequence[Knot], float]]:
    """What may be followed of knots that are ahead, the nearest first: four ways at most, as time is short.

    Args:
        knots: those of a message that are ahead.
        late: whether others are past, or the arm moves already; otherwise only all of it may be followed.
    Returns:
        knots, and which share of its limits the arm may need for them.
    """
    yield knots, 1.0
    if not late:
        return
    if len(knots) > 2:
        yield knots[1:], BLENDED
    if len(knots) > 1:
        yield knots[-1:], BLENDED
    yield [replace(knots[-1], time_s=knots[-1].time_s + LATER_S)], BLENDED


def tried(track: Track, begin_s: float, knots: Sequence[Knot]) -> tuple[Track, F64, State]:
    """A track that follows knots from `begin_s` on, times f64[t] of looks at it, and its states f64[t, n] there."""
    trial = copy(track)
    trial.replace(begin_s, knots)
    looks = _looks(begin_s, [knot.time_s for knot in knots])
    return trial, looks, trial.samples(looks)


def beyond(arm: ArmModel, times: F64, way: State, share: float = 1.0) -> str:
    """Which joint would need more than a share of the arm's limits on a way, states f64[t, n] at times f64[t].

    Returns:
        the first one in words, empty if there is none.
    """
    q, v, a = way
    jerks = (a[1:] - a[:-1]) / (times[1:] - times[:-1])[:, None]
    rates = np.abs(jerks @ mass_matrix(arm, q[0]).T) / TORQUE_SHARE
    few = slice(None, None, 5)
    slow, fast = arm.speed_limits(q[few])
    excess = np.maximum(v[few] - fast, slow - v[few])
    return (
        _above(arm, np.abs(a) / share, arm.acceleration_max, "rad/s^2, allowed")
        or _above(arm, np.abs(jerks) / share, arm.jerk_max, "rad/s^3, allowed")
        or _above(arm, excess, 0.0 * arm.speed_max, "rad/s more than its position permits, allowed")
        or _above(arm, rates / share, arm.torque_rate_max, "Nm/s, allowed")
    )


def outside(arm: ArmModel, positions: F64) -> str:
    """Which joint would leave its range at positions f64[t, n]; empty if none."""
    out = (positions < arm.position_min - SLACK) | (positions > arm.position_max + SLACK)
    if not out.any():
        return ""
    joint = int(out.any(axis=0).argmax())
    way, low, high = positions[:, joint].round(4).tolist(), arm.position_min[joint], arm.position_max[joint]
    return f"{arm.joints[joint]} would go to {way}; allowed: {low} to {high} rad"


def follow(arm: ArmModel, track: Track, now_s: float, knots: Sequence[Knot]) -> Track | None:
    """The track that follows knots from now on, as near to them as the arm can; None where it cannot."""
    ahead = [knot for knot in knots if knot.time_s > now_s + NEAREST_S]
    late = len(ahead) < len(knots) or now_s < track.end_s
    for instead, share in ways(ahead, late) if ahead else ():
        trial, times, way = tried(track, now_s, instead)
        if not beyond(arm, times, way, share):
            return trial
    return None


def _looks(begin_s: float, ends_s: Sequence[float]) -> F64:
    """Times at which each piece of a way is looked at, however short it is."""
    begins = [begin_s, *ends_s[:-1]]
    counts = [min(MOST, max(LEAST, int((end - begin) / LOOK_S))) for begin, end in zip(begins, ends_s, strict=True)]
    pieces = zip(begins, ends_s, counts, strict=True)
    return np.concatenate([*(np.linspace(begin, end, n, endpoint=False) for begin, end, n in pieces), ends_s[-1:]])


def _above(arm: ArmModel, values: F64, limits: F64, what: str) -> str:
    """The joint, f64[t, n], that exceeds its limit f64[n], empty where none does."""
    peaks = values.max(axis=0)
    over = peaks > limits + SLACK
    if not over.any():
        return ""
    joint = int(over.argmax())
    return f"{arm.joints[joint]} would need {peaks[joint]:.3g} {what}: {limits[joint]:g}"
