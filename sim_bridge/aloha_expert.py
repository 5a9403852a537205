"""Scripted hand-overs: planned in gym-aloha's end-effector scene, replayed and recorded in joint space.

The grippers of that scene follow mocap bodies (the recipe of ACT, arXiv 2304.13705); the joints that this takes are the
joint-space actions.
"""

from collections.abc import Iterator

import numpy as np
from dm_control import mujoco
from dm_control.rl import control
from gym_aloha.constants import ASSETS_DIR, DT, normalize_puppet_gripper_position
from gym_aloha.tasks.sim_end_effector import BimanualViperXEndEffectorTask

from dsrl_core.environment import Environment
from dsrl_core.train_base.demonstration import Demonstration
from dsrl_core.types import F32
from sim_bridge.aloha_task import cube_pose, joints
from sim_bridge.aloha_waypoints import F64, STEPS, left_path, right_path, target

GRASP_DEPTH = -0.02  # where the fingers close, relative to the cube's centre, m
MISS = np.array([0.0, 0.01, 0.0])  # where the demonstrator aims, relative to the right place, m
SPREAD = np.array([0.008, 0.012, 0.0])  # standard deviation of its aim, m
LIMIT = 0.04  # largest miss, m
REST = 25  # steps that are recorded after a success, so that chunks do not end at it


class EndEffectorTask(BimanualViperXEndEffectorTask):
    """The stock mocap-driven arms, without images or rewards, the cube where `cube` says."""

    cube: F64  # [7]

    def initialize_episode(self, physics: mujoco.Physics) -> None:
        self.initialize_robots(physics)
        physics.data.qpos[16:23] = self.cube
        super().initialize_episode(physics)

    def get_observation(self, physics: mujoco.Physics) -> dict[str, F64]:
        return {}

    def get_reward(self, physics: mujoco.Physics) -> float:
        return 0.0


class Planner:
    """Turns waypoints into joint targets by carrying them out."""

    def __init__(self) -> None:
        path = ASSETS_DIR / "bimanual_viperx_end_effector_transfer_cube.xml"
        physics = mujoco.Physics.from_xml_path(str(path))
        physics.model.eq_solimp[:, :2] = 0.9  # as shipped the grippers trail their mocap bodies by centimetres
        physics.model.eq_solref[:, 0] = 0.01
        self._task = EndEffectorTask(random=0)
        self._environment = control.Environment(physics, self._task, control_timestep=DT)

    def plan(self, cube: F64, miss: F64, speed: float = 1.0) -> F32:
        """Joint targets f32[T, 14] of a hand-over.

        Args:
            cube: [7], its pose at the start.
            miss: [3], by how much the grasp misses the cube, m.
            speed: 1 takes 400 control steps.
        """
        left, right = left_path(speed), right_path(cube[:3] + miss + (0, 0, GRASP_DEPTH), speed)
        self._task.cube = cube
        self._environment.reset()
        physics = self._environment.physics
        targets = []
        for step in range(1, round(STEPS / speed) + 1):
            self._environment.step(np.concatenate([target(left, step), target(right, step)]))
            reached = joints(physics)
            reached[[6, 13]] = normalize_puppet_gripper_position(physics.data.ctrl[[0, 2]])
            targets.append(reached)
        return np.stack(targets)


def record(environment: Environment, seed: int, actions: F32) -> tuple[Demonstration, bool]:
    """Play `actions` from the start that `seed` gives.

    Returns:
        what was seen and done, until `REST` steps after success; and whether there was one.
    """
    environment.reset(seed)
    images, states, end = [], [], None
    for step, action in enumerate(actions):
        if step == end:
            break
        images.append(environment.render()["top"])
        states.append(environment.state())
        if environment.step(action).success and end is None:
            end = step + 1 + REST
    return Demonstration({"top": np.stack(images)}, np.stack(states), actions[: len(states)]), end is not None


def demonstrations(environment: Environment, count: int, seed: int) -> Iterator[Demonstration]:
    """Hand-overs of a demonstrator whose grasp misses the cube by `MISS` and a random amount, so that some fail.

    Equal (count, seed) give equal demonstrations.
    """
    planner = Planner()
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        start = int(rng.integers(2**63))
        miss = (MISS + SPREAD * rng.standard_normal(3)).clip(-LIMIT, LIMIT)
        yield record(environment, start, planner.plan(cube_pose(start), miss))[0]
