"""Orientations as axis-angle vectors, as robosuite and openpi write them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32

TOLERANCE = 0.01  # of the sum of a quaternion's squares to 1; tf2 refuses rotations by the same figure


def axis_angle(quaternion_xyzw: ArrayLike) -> F32:
    """Axis times angle f32[3], rad, of a unit quaternion [x, y, z, w].

    The quaternion's sign counts: with w < 0 the angle lies between pi and 2 pi, as in robosuite's `quat2axisangle`,
    which made the states that openpi's policies for LIBERO were trained on.

    Raises:
        InvalidRequest: a value is not finite, or the norm is not 1. All zeros are an orientation that nobody filled in.
    """
    *vector, w = values = np.asarray(quaternion_xyzw, np.float64).tolist()
    if not abs(sum(value * value for value in values) - 1.0) <= TOLERANCE:  # also true of NaN
        raise InvalidRequest(f"the quaternion x, y, z, w = {values} is no rotation: its norm must be 1")
    sine = float(np.linalg.norm(vector))
    if sine == 0.0:
        return np.zeros(3, np.float32)
    return np.asarray(np.array(vector) * (2.0 * np.arctan2(sine, w) / sine), np.float32)


def quaternion(axis_angle: ArrayLike) -> NDArray[np.float64]:
    """Unit quaternion [x, y, z, w] of an axis-angle vector [3], rad, up to 2 pi; `axis_angle` undoes it exactly."""
    vector = np.asarray(axis_angle, np.float64)
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.array([0.0, 0.0, 0.0, 1.0])
    return np.array([*(vector * (np.sin(angle / 2.0) / angle)), np.cos(angle / 2.0)])
