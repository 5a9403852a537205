"""A scripted hand-over: the grippers follow waypoints in gym-aloha's end-effector scene, their joints are replayed."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from dm_control import mujoco
from dm_control.rl import control
from gym_aloha.constants import ASSETS_DIR, DT, normalize_puppet_gripper_position
from gym_aloha.tasks.sim_end_effector import BimanualViperXEndEffectorTask
from numpy.typing import NDArray

from dsrl_core.types import F32
from sim_bridge.aloha_task import joints

F64 = NDArray[np.float64]

MEET = np.array([0.0, 0.5, 0.25])  # where the cube changes hands, m
FORWARD = np.array([1.0, 0.0, 0.0, 0.0])  # quaternion [w, x, y, z]
TILTED = np.array([np.cos(np.pi / 6), 0.0, -np.sin(np.pi / 6), 0.0])  # gripper points 60 degrees down
ROLLED = np.array([np.cos(np.pi / 4), np.sin(np.pi / 4), 0.0, 0.0])  # fingers across those of the other hand
OPEN, CLOSED = 1.0, 0.0


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where a gripper should be at a control step."""

    step: float
    position: F64  # [3], m
    rotation: F64  # [4], quaternion [w, x, y, z]
    gripper: float


class EndEffectorTask(BimanualViperXEndEffectorTask):
    """gym-aloha's mocap-driven arms, without images or rewards, the cube where `cube` says."""

    cube: F64

    def initialize_episode(self, physics: mujoco.Physics) -> None:
        self.initialize_robots(physics)
        physics.data.qpos[16:23] = self.cube
        super().initialize_episode(physics)

    def get_observation(self, physics: mujoco.Physics) -> dict[str, F64]:
        return {}

    def get_reward(self, physics: mujoco.Physics) -> float:
        return 0.0


def build_end_effector() -> control.Environment:
    """The scene whose grippers are pulled by mocap bodies."""
    physics = mujoco.Physics.from_xml_path(str(ASSETS_DIR / "bimanual_viperx_end_effector_transfer_cube.xml"))
    physics.model.eq_solimp[:, :2] = 0.9  # as shipped the weld lags by centimetres
    physics.model.eq_solref[:, 0] = 0.01
    return control.Environment(physics, EndEffectorTask(random=0), control_timestep=DT)


def waypoints(cube: F64, grasp: F64, speed: float) -> tuple[list[Waypoint], list[Waypoint]]:
    """Paths of the left and the right gripper.

    Args:
        cube: [7], its pose at the start.
        grasp: [3], where the right gripper closes, relative to the cube, m.
        speed: 1 takes 400 control steps.
    """
    pick = cube[:3] + grasp
    right = [
        (0, (0.31718881, 0.5, 0.29525084), FORWARD, CLOSED),
        (90, pick + (0, 0, 0.1), TILTED, OPEN),
        (130, pick, TILTED, OPEN),
        (160, pick, TILTED, CLOSED),
        (200, MEET + (0.05, 0, 0), TILTED, CLOSED),
        (220, MEET, TILTED, CLOSED),
        (310, MEET, TILTED, CLOSED),
        (330, MEET, TILTED, OPEN),
        (370, MEET + (0.1, 0, 0), TILTED, OPEN),
        (400, MEET + (0.1, 0, 0), TILTED, OPEN),
    ]
    left = [
        (0, (-0.31718881, 0.5, 0.29525084), FORWARD, CLOSED),
        (120, MEET + (-0.1, 0, -0.02), ROLLED, OPEN),
        (230, MEET + (-0.1, 0, -0.02), ROLLED, OPEN),
        (270, MEET + (0.02, 0, -0.02), ROLLED, OPEN),
        (300, MEET + (0.02, 0, -0.02), ROLLED, CLOSED),
        (330, MEET + (0.02, 0, -0.02), ROLLED, CLOSED),
        (370, MEET + (-0.1, 0, -0.02), FORWARD, CLOSED),
        (400, MEET + (-0.1, 0, -0.02), FORWARD, CLOSED),
    ]
    return tuple([Waypoint(t / speed, np.asarray(p), q, g) for t, p, q, g in path] for path in (left, right))


def follow(path: list[Waypoint], step: int) -> F64:
    """Target of one gripper at `step`: position, quaternion, gripper [8], interpolated between waypoints."""
    for a, b in itertools.pairwise(path):
        if step <= b.step:
            break
    share = min(1.0, max(0.0, (step - a.step) / (b.step - a.step)))
    rotation = (1 - share) * a.rotation + share * b.rotation
    gripper = (1 - share) * a.gripper + share * b.gripper
    position = (1 - share) * a.position + share * b.position
    return np.concatenate([position, rotation / np.linalg.norm(rotation), [gripper]])


def plan(environment: control.Environment, cube: F64, grasp: F64, speed: float) -> F32:
    """Joint targets f32[T, 14] of a hand-over, by carrying it out in the end-effector scene."""
    left, right = waypoints(cube, grasp, speed)
    environment.task.cube = cube
    environment.reset()
    targets = []
    for step in range(1, int(400 / speed) + 1):
        environment.step(np.concatenate([follow(left, step), follow(right, step)]))
        target = joints(environment.physics)
        target[[6, 13]] = normalize_puppet_gripper_position(environment.physics.data.ctrl[[0, 2]])
        targets.append(target)
    return np.stack(targets)
