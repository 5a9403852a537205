"""The paths of a scripted hand-over: where each gripper should be at each control step."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Row = tuple[float, F64, tuple[float, float, float], F64, float]  # step, anchor, offset, rotation, gripper

STEPS = 400  # control steps at speed 1
MEET = np.array([0.0, 0.5, 0.25])  # where the cube changes hands, m
LEFT_START = np.array([-0.31718881, 0.5, 0.29525084])  # grippers in gym-aloha's start pose, m
RIGHT_START = np.array([0.31718881, 0.49999888, 0.29525084])
LEVEL = np.array([1.0, 0.0, 0.0, 0.0])  # quaternions [w, x, y, z]
DOWN = np.array([np.cos(np.pi / 6), 0.0, -np.sin(np.pi / 6), 0.0])  # the gripper points 60 degrees down
ROLLED = np.array([np.cos(np.pi / 4), np.sin(np.pi / 4), 0.0, 0.0])  # fingers across those of the other hand
OPEN, SHUT = 1.0, 0.0


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where a gripper should be at a control step."""

    step: float
    position: F64  # [3], m
    rotation: F64  # [4], quaternion [w, x, y, z]
    gripper: float  # 0 closed to 1 open


def left_path(speed: float) -> list[Waypoint]:
    """The left gripper waits beside the meeting point, closes around the cube and takes it away."""
    rows: list[Row] = [
        (0, LEFT_START, (0, 0, 0), LEVEL, SHUT),
        (120, MEET, (-0.1, 0, -0.02), ROLLED, OPEN),
        (230, MEET, (-0.1, 0, -0.02), ROLLED, OPEN),
        (270, MEET, (0.02, 0, -0.02), ROLLED, OPEN),
        (300, MEET, (0.02, 0, -0.02), ROLLED, SHUT),
        (330, MEET, (0.02, 0, -0.02), ROLLED, SHUT),
        (370, MEET, (-0.1, 0, -0.02), LEVEL, SHUT),
    ]
    return _scaled(rows, speed)


def right_path(grasp: F64, speed: float) -> list[Waypoint]:
    """The right gripper closes at `grasp` [3], m, lifts the cube to the meeting point and lets go."""
    rows: list[Row] = [
        (0, RIGHT_START, (0, 0, 0), LEVEL, SHUT),
        (90, grasp, (0, 0, 0.1), DOWN, OPEN),
        (130, grasp, (0, 0, 0), DOWN, OPEN),
        (160, grasp, (0, 0, 0), DOWN, SHUT),
        (200, MEET, (0.05, 0, 0), DOWN, SHUT),
        (220, MEET, (0, 0, 0), DOWN, SHUT),
        (310, MEET, (0, 0, 0), DOWN, SHUT),
        (330, MEET, (0, 0, 0), DOWN, OPEN),
        (370, MEET, (0.1, 0, 0), DOWN, OPEN),
    ]
    return _scaled(rows, speed)


def target(path: list[Waypoint], step: int) -> F64:
    """Position, quaternion and gripper [8] at `step`, interpolated between the waypoints around it."""
    before, after = next((pair for pair in itertools.pairwise(path) if step <= pair[1].step), (path[-1], path[-1]))
    share = (step - before.step) / (after.step - before.step) if after is not before else 0.0
    start, end = (np.concatenate([w.position, w.rotation, [w.gripper]]) for w in (before, after))
    mixed: F64 = (1 - share) * start + share * end
    mixed[3:7] /= np.linalg.norm(mixed[3:7])
    return mixed


def _scaled(rows: list[Row], speed: float) -> list[Waypoint]:
    return [
        Waypoint(step / speed, anchor + np.asarray(offset), rotation, gripper)
        for step, anchor, offset, rotation, gripper in rows
    ]
