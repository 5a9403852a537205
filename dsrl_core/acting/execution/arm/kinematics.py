"""Where an arm's tool is and how fast it moves, from joint positions and velocities. Any leading dimensions."""

from functools import cache

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.types import F64


def tool_pose(arm: ArmModel, positions: F64) -> tuple[F64, F64]:
    """Place and orientation of the tool centre point in the base's frame.

    Args:
        arm: n joints.
        positions: f64[..., n], rad.
    Returns:
        place f64[..., 3], m; rotation matrix f64[..., 3, 3], whose columns are the tool's axes.
    """
    places, rotations = frames(arm, positions)
    return places[..., -1, :], rotations[..., -1, :, :]


def tool_place(arm: ArmModel, positions: F64) -> F64:
    """Place of the tool centre point in the base's frame, f64[..., 3], m."""
    return tool_pose(arm, positions)[0]


def jacobian(arm: ArmModel, positions: F64) -> F64:
    """Velocity of the tool per velocity of each joint, f64[..., 6, n]: three rows of m/rad, then three of rad/rad."""
    places, rotations = frames(arm, positions)
    axes = rotations[..., :-1, :, 2]
    linear = cross(axes, places[..., -1:, :] - places[..., :-1, :])
    return np.concatenate([linear, axes], axis=-1).swapaxes(-1, -2)


def tool_speed(arm: ArmModel, positions: F64, velocities: F64) -> F64:
    """Speed of the tool centre point, f64[...], m/s, at positions and velocities f64[..., n], rad and rad/s."""
    return tool_motion(arm, positions, velocities)[1]


def tool_motion(arm: ArmModel, positions: F64, velocities: F64) -> tuple[F64, F64]:
    """Place f64[..., 3], m, and speed f64[...], m/s, of the tool centre point; see `tool_place` and `tool_speed`."""
    places, rotations = frames(arm, positions)
    linear = cross(rotations[..., :-1, :, 2], places[..., -1:, :] - places[..., :-1, :])
    moved = (velocities[..., None] * linear).sum(axis=-2)
    return places[..., -1, :], np.sqrt((moved * moved).sum(axis=-1))


def frames(arm: ArmModel, positions: F64) -> tuple[F64, F64]:
    """Origins f64[..., n + 1, 3] and rotations f64[..., n + 1, 3, 3] of the joints' frames and of the tool's.

    Joint i turns about the z axis of frame i. Source: Craig, Introduction to Robotics, chapter 3.
    """
    offsets, along, across, axes = _links(arm)
    turns = np.empty((*positions.shape[:-1], arm.size + 1))
    turns[..., :-1], turns[..., -1] = positions, arm.tool_yaw
    links = np.cos(turns)[..., None, None] * along + np.sin(turns)[..., None, None] * across + axes
    rotations, places = np.empty_like(links), np.empty((*turns.shape, 3))
    rotation = rotations[..., 0, :, :] = links[..., 0, :, :]
    place = places[..., 0, :] = offsets[0]
    for joint in range(1, arm.size + 1):
        place = places[..., joint, :] = place + rotation @ offsets[joint]
        rotation = rotations[..., joint, :, :] = rotation @ links[..., joint, :, :]
    return places, rotations


@cache
def _links(arm: ArmModel) -> tuple[F64, F64, F64, F64]:
    """What an arm's frames are made of, for each frame in the one before it.

    Returns:
        offset f64[n + 1, 3]; and of the rotation R_x(alpha) R_z(turn) the parts that the turn's cosine and its sine
        multiply, and the rest, each f64[n + 1, 3, 3].
    """
    alpha, a, d = (np.append(values, 0.0) for values in (arm.dh_alpha, arm.dh_a, arm.dh_d))
    cosine, sine, zero, one = np.cos(alpha), np.sin(alpha), np.zeros_like(alpha), np.ones_like(alpha)
    offsets = np.stack([a, -d * sine, d * cosine], axis=1)
    offsets[-1] = arm.tool_offset
    along = _matrices([[one, zero, zero], [zero, cosine, zero], [zero, sine, zero]])
    across = _matrices([[zero, -one, zero], [cosine, zero, zero], [sine, zero, zero]])
    return offsets, along, across, _matrices([[zero, zero, zero], [zero, zero, -sine], [zero, zero, cosine]])


def _matrices(rows: list[list[F64]]) -> F64:
    """Matrices f64[k, 3, 3] whose elements are given as f64[k]."""
    return np.moveaxis(np.array(rows), -1, 0)


def cross(a: F64, b: F64) -> F64:
    """The cross product of f64[..., 3]; numpy's own takes several times as long for few vectors."""
    ax, ay, az, bx, by, bz = a[..., 0], a[..., 1], a[..., 2], b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)
