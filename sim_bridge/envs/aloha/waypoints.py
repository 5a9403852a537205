"""The trajectories of a scripted hand-over: the pose of each gripper at each control step."""

import numpy as np

from dsrl_core.types import F32
from sim_bridge.envs.aloha.arm import F64, joint_targets

Row = tuple[float, F64, tuple[float, float, float], float, float, float]  # step, anchor, offset, pitch, roll, gripper

STEPS = 400  # control steps at speed 1
MEET = np.array([0.0, 0.5, 0.25])  # where the cube changes hands, m
LEFT_BASE = np.array([-0.469, 0.5, 0.0])  # m
RIGHT_BASE = np.array([0.469, 0.5, 0.0])
LEFT_START = np.array([-0.183, 0.5, 0.309])  # fingers in gym-aloha's start pose, m
RIGHT_START = np.array([0.183, 0.5, 0.309])
START = -0.1  # their pitch, rad
LEVEL, DOWN, ROLLED = 0.0, np.pi / 3, np.pi / 2  # rad
OPEN, SHUT = 1.0, 0.0


def handover(grasp: F64, speed: float = 1.0) -> F32:
    """Joint targets f32[T, 14]: the right arm lifts the cube to the meeting point, where the left one takes it.

    Args:
        grasp: [3], where the right gripper closes, m.
        speed: 1 takes 400 control steps.
    """
    right: list[Row] = [
        (0, RIGHT_START, (0, 0, 0), START, 0, SHUT),
        (90, grasp, (0, 0, 0.1), DOWN, 0, OPEN),
        (130, grasp, (0, 0, 0), DOWN, 0, OPEN),
        (160, grasp, (0, 0, 0), DOWN, 0, SHUT),
        (200, MEET, (0.05, 0, 0), DOWN, 0, SHUT),
        (220, MEET, (0, 0, 0), DOWN, 0, SHUT),
        (310, MEET, (0, 0, 0), DOWN, 0, SHUT),
        (330, MEET, (0, 0, 0), DOWN, 0, OPEN),
        (370, MEET, (0.1, 0, 0), DOWN, 0, OPEN),
    ]
    left: list[Row] = [
        (0, LEFT_START, (0, 0, 0), START, 0, SHUT),
        (120, MEET, (-0.1, 0, -0.02), LEVEL, ROLLED, OPEN),
        (230, MEET, (-0.1, 0, -0.02), LEVEL, ROLLED, OPEN),
        (270, MEET, (0.02, 0, -0.02), LEVEL, ROLLED, OPEN),
        (300, MEET, (0.02, 0, -0.02), LEVEL, ROLLED, SHUT),
        (330, MEET, (0.02, 0, -0.02), LEVEL, ROLLED, SHUT),
        (370, MEET, (-0.1, 0, -0.02), LEVEL, ROLLED, SHUT),
    ]
    arms = [_follow(left, LEFT_BASE, speed), _follow(right, RIGHT_BASE, speed)]
    return np.concatenate(arms, axis=1).astype(np.float32)


def _follow(rows: list[Row], base: F64, speed: float) -> F64:
    """Joint targets [T, 7] of one arm, straight from waypoint to waypoint."""
    times = np.array([row[0] for row in rows]) / speed
    values = np.array([[*(anchor - base + offset), *rest] for _, anchor, offset, *rest in rows])
    steps = np.arange(1, round(STEPS / speed) + 1)
    x, y, z, pitch, roll, gripper = (np.interp(steps, times, column) for column in values.T)
    return joint_targets(np.stack([x, y, z], axis=1), pitch, roll, gripper)
