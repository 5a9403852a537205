"""Orientations as unit quaternions x, y, z, w in float64."""

import numpy as np

from dsrl_core.types import F64


def turn(vector: F64) -> F64:
    """The quaternion f64[4] of a turn about an axis, given as axis times angle f64[3], rad."""
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.array([0.0, 0.0, 0.0, 1.0])
    return np.array([*(vector * (np.sin(angle / 2) / angle)), np.cos(angle / 2)])


def product(after: F64, before: F64) -> F64:
    """The quaternion f64[4] of turning by `before` and then by `after`, both in one frame; its norm is 1."""
    (a, w), (b, v) = (after[:3], after[3]), (before[:3], before[3])
    made = np.array([*(w * b + v * a + np.cross(a, b)), w * v - a @ b])
    return made / np.linalg.norm(made)


def quaternion_of(rotation: F64) -> F64:
    """The quaternion f64[4], w >= 0, of a rotation matrix f64[3, 3]. Source: Shepperd, J. Guidance and Control 1978."""
    r = rotation
    squares = np.array([r[0, 0], r[1, 1], r[2, 2], np.trace(r)])
    skew = np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    largest = int(squares.argmax())
    if largest == 3:
        made = np.array([*skew, 1 + squares[3]])
    else:
        made = np.array([*(r[:, largest] + r[largest, :]), skew[largest]])
        made[largest] = 1 + 2 * r[largest, largest] - squares[3]
    return made * np.copysign(1 / np.linalg.norm(made), made[3])
