"""Orientations as axis-angle vectors, as robosuite and openpi write them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]


def axis_angle(quaternion: ArrayLike) -> F64:
    """Axis times angle [3], rad, of a unit quaternion [x, y, z, w].

    The quaternion's sign is kept: with w < 0 the angle lies between pi and 2 pi, as in robosuite's `quat2axisangle`,
    from which LIBERO's states in openpi's data sets come.
    """
    x, y, z, w = np.asarray(quaternion, np.float64)
    w = min(max(w, -1.0), 1.0)
    sine = np.sqrt(1.0 - w * w)
    if np.isclose(sine, 0.0):
        return np.zeros(3)
    return np.array([x, y, z]) * (2.0 * np.arccos(w) / sine)


def quaternion(axis_angle: ArrayLike) -> F64:
    """Unit quaternion [x, y, z, w] of an axis-angle vector [3], rad: the inverse for angles up to 2 pi."""
    vector = np.asarray(axis_angle, np.float64)
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.array([0.0, 0.0, 0.0, 1.0])
    return np.array([*(vector * (np.sin(angle / 2) / angle)), np.cos(angle / 2)])
