"""Judges commanded joint positions at 1 kHz as the controller of an FR3 does, with tables of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

CYCLE_S = 1e-3
POSITION, ACCELERATION, SPEED, JERK = (
    "position",
    "acceleration",
    "speed",
    "jerk",
)  # in the order in which they are named
LOW = np.array([-2.7501, -1.7918, -2.9065, -3.0481, -2.8101, 0.54092, -3.0196])
HIGH = np.array([2.7501, 1.7918, 2.9065, -0.1458, 2.8101, 4.5205, 3.0196])
# libfranka, rate_limiting.h: min(top, -offset + sqrt(twice * distance)), and 1e-3 below it.
TOP = np.array([2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26])
OFFSET = np.array([0.30, 0.20, 0.20, 0.30, 0.35, 0.35, 0.35])
TWICE = np.array([12.0, 5.17, 7.0, 8.0, 34.0, 11.0, 34.0])
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first violation: in which cycle, of which rule."""

    cycle: int
    rule: str


@dataclass(frozen=True, slots=True)
class Motion:
    """Backward differences of commanded positions f64[t, 7] of an arm that was at rest before; each f64[t, 7]."""

    positions: F64
    velocities: F64
    accelerations: F64
    jerks: F64


def motion_of(positions: F64) -> Motion:
    still = np.zeros((1, positions.shape[1]))
    velocities = np.diff(positions, axis=0, prepend=positions[:1]) / CYCLE_S
    accelerations = np.diff(velocities, axis=0, prepend=still) / CYCLE_S
    jerks = np.diff(accelerations, axis=0, prepend=still) / CYCLE_S
    return Motion(positions, velocities, accelerations, jerks)


def judged(positions: F64) -> Verdict | None:
    """The first violation of commanded positions f64[t, 7], rad; None if there is none."""
    motion = motion_of(positions)
    before = np.concatenate([positions[:1], positions[:-1]])
    greatest, least = _speed(HIGH - before), -_speed(before - LOW)
    broken = {
        POSITION: (positions < LOW) | (positions > HIGH),
        ACCELERATION: np.abs(motion.accelerations) > 10.0,
        SPEED: (motion.velocities > greatest) | (motion.velocities < least),
        JERK: np.abs(motion.jerks) > 5000.0,
    }
    cycles = {rule: np.flatnonzero(wrong.any(axis=1)) for rule, wrong in broken.items()}
    first = [Verdict(int(found[0]), rule) for rule, found in cycles.items() if found.size]
    return min(first, key=lambda verdict: verdict.cycle) if first else None  # of equal ones the first rule


def _speed(distance: F64) -> F64:
    raw = np.minimum(TOP, np.maximum(np.sqrt(np.maximum(TWICE * distance, 0.0)) - OFFSET, 0.0))
    return np.maximum(raw - TOLERANCE, 0.0)
