"""What torques an acceleration of the joints takes: the mass matrix, from an arm's link masses."""

from functools import cache

import numpy as np

from dsrl_core.acting.execution.arm.kinematics import cross, frames
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.types import F64


def mass_matrix(arm: ArmModel, positions: F64) -> F64:
    """Torque of each joint per acceleration of each joint, f64[n, n], kg m^2, at positions f64[n], rad.

    Links count as point masses with one moment of inertia about all axes, which is near enough for a limit with a
    margin. An arm whose file has no masses gives zeros.

    Source: Craig, Introduction to Robotics, chapter 6.
    """
    if arm.link_mass is None or arm.link_inertia is None or arm.rotor_inertia is None:
        return np.zeros((arm.size, arm.size))
    places, rotations = frames(arm, positions)
    joints, turns = places[:-1], rotations[:-1]
    centres = joints + (turns @ _centres(arm)[..., None])[..., 0]
    axes = turns[:, :, 2]
    moved = cross(axes[:, None], centres - joints[:, None]) * _carries(arm.size)[..., None]  # [joint, link, 3]
    linear = np.tensordot(moved * arm.link_mass[:, None], moved, axes=((1, 2), (1, 2)))
    beyond = np.maximum.outer(np.arange(arm.size), np.arange(arm.size))  # the first link that both joints turn
    angular = (axes @ axes.T) * np.cumsum(arm.link_inertia[::-1])[::-1][beyond]
    mass: F64 = linear + angular + np.diag(arm.rotor_inertia)
    return mass


@cache
def _centres(arm: ArmModel) -> F64:
    """Centres of mass in their links' frames, f64[n, 3], m."""
    parts = (arm.link_com_x, arm.link_com_y, arm.link_com_z)
    return np.stack([np.zeros(arm.size) if part is None else part for part in parts], axis=1)


@cache
def _carries(size: int) -> F64:
    """1 where joint i turns link k, f64[n, n]."""
    return np.triu(np.ones((size, size)))
