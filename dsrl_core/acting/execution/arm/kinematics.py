"""Where an arm's tool is and how fast it moves, from joint positions and velocities. Any leading dimensions."""

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
    frames = _frames(arm, positions)
    return frames[..., -1, :3, 3], frames[..., -1, :3, :3]


def tool_place(arm: ArmModel, positions: F64) -> F64:
    """Place of the tool centre point in the base's frame, f64[..., 3], m."""
    return tool_pose(arm, positions)[0]


def jacobian(arm: ArmModel, positions: F64) -> F64:
    """Velocity of the tool per velocity of each joint, f64[..., 6, n]: three rows of m/rad, then three of rad/rad."""
    frames = _frames(arm, positions)
    axes, places, tool = frames[..., :-1, :3, 2], frames[..., :-1, :3, 3], frames[..., -1:, :3, 3]
    linear = np.cross(axes, tool - places)
    return np.concatenate([linear, axes], axis=-1).swapaxes(-1, -2)


def tool_speed(arm: ArmModel, positions: F64, velocities: F64) -> F64:
    """Speed of the tool centre point, f64[...], m/s, at positions and velocities f64[..., n], rad and rad/s."""
    linear = jacobian(arm, positions)[..., :3, :] @ velocities[..., None]
    return np.sqrt((linear[..., 0] ** 2).sum(axis=-1))


def _frames(arm: ArmModel, positions: F64) -> F64:
    """Frames of all joints and of the tool, f64[..., n + 1, 4, 4]: joint i turns about the z axis of frame i.

    Source: Craig, Introduction to Robotics, chapter 3.
    """
    positions = np.asarray(positions, np.float64)
    turns = np.concatenate([positions, np.full((*positions.shape[:-1], 1), arm.tool_yaw)], axis=-1)
    links = _links(arm, turns)
    frames = np.empty_like(links)
    frame = frames[..., 0, :, :] = links[..., 0, :, :]
    for joint in range(1, arm.size + 1):
        frame = frames[..., joint, :, :] = frame @ links[..., joint, :, :]
    return frames


def _links(arm: ArmModel, turns: F64) -> F64:
    """Each frame in the one before it, f64[..., n + 1, 4, 4]; the tool's comes last."""
    alpha, a, d = (np.append(values, 0.0) for values in (arm.dh_alpha, arm.dh_a, arm.dh_d))
    ca, sa, ct, st = np.cos(alpha), np.sin(alpha), np.cos(turns), np.sin(turns)
    links = np.zeros((*turns.shape, 4, 4))
    links[..., 0, 0], links[..., 0, 1], links[..., 0, 3] = ct, -st, a
    links[..., 1, 0], links[..., 1, 1], links[..., 1, 2], links[..., 1, 3] = st * ca, ct * ca, -sa, -d * sa
    links[..., 2, 0], links[..., 2, 1], links[..., 2, 2], links[..., 2, 3] = st * sa, ct * sa, ca, d * ca
    links[..., -1, :3, 3] = arm.tool_offset
    links[..., 3, 3] = 1.0
    return links
