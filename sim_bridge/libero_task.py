"""LIBERO's benchmark environment, stepped as the benchmark steps it and rendered only when asked."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.errors import EnvironmentFailed
from dsrl_core.rotation import axis_angle
from dsrl_core.types import F32, U8
from sim_bridge import libero_package
from sim_bridge.libero_package import Task

CAMERAS = {"agentview": "agentview", "wrist": "robot0_eye_in_hand"}  # our name -> the model's
WAIT = np.array([0, 0, 0, 0, 0, 0, -1], np.float64)  # do not move, open the gripper: the benchmark's null action
PLACEMENT_TRIES = 20


def build(task: Task, assets: Path, stock_size: int = 0) -> Any:
    """LIBERO's `ControlEnv`, OSC pose control at 20 Hz.

    Args:
        stock_size: 0: no observation is made and nothing is rendered at a step. Else as the benchmark sets it up: both
            cameras, square, of this many pixels, are rendered at every step (to compare with).
    """
    envs, stock = libero_package.load(assets), stock_size > 0
    with _seeded(0):  # building places the objects, too
        control = envs.env_wrapper.ControlEnv(
            str(task.bddl_file),
            use_camera_obs=stock,
            has_offscreen_renderer=stock,
            hard_reset=False,
            ignore_done=True,  # it would end the episode at a success or after 1,000 steps
            camera_names=list(CAMERAS.values()),
            camera_heights=stock_size or 128,
            camera_widths=stock_size or 128,
        )
    return control


class LiberoTask:
    """A task's physics and camera."""

    def __init__(self, control: Any, fast_render: bool = False) -> None:
        """Take over what `build` made.

        Args:
            fast_render: no shadows, no multisampling: other pixels, two to three times faster, the same physics.
        Raises:
            EnvironmentFailed: no renderer.
        """
        self._env = control.env
        self._env._observables.clear()  # they are sampled 25 times a step, and nobody reads them
        self._robot = self._env.robots[0]
        model = self._model = self._env.sim.model
        self._fixtures = model.body_pos.copy(), model.body_quat.copy()
        if fast_render:
            model.vis.quality.offsamples = 0
            model.vis.quality.shadowsize = 0
        self._open_renderer()

    def reset(self, seed: int, initial: NDArray[np.float64] | None = None) -> None:
        """Start an episode.

        Args:
            seed: up to 64 bits, of the placement.
            initial: one of the benchmark's initial states, which decides alone; None: placed as the BDDL file says.
        Raises:
            EnvironmentFailed: no placement without collisions was found.
        """
        self._model.body_pos[:], self._model.body_quat[:] = self._fixtures
        self._robot.gripper.current_action = np.zeros(self._robot.gripper.dof)  # a soft reset keeps it
        with _seeded(seed):
            self._place()
        if initial is not None:
            self._env.sim.set_state_from_flattened(initial)
            self._env.sim.forward()
        self._env._post_process()

    def _place(self) -> None:
        from robosuite.utils.errors import RandomizationError

        for _ in range(PLACEMENT_TRIES):
            try:
                self._env.reset()
                return
            except RandomizationError as error:
                reason = error
        raise EnvironmentFailed(f"LIBERO could not place its objects in {PLACEMENT_TRIES} tries: {reason}")

    def step(self, action: NDArray[np.float64]) -> bool:
        """Advance by 1/20 s; whether the goal is reached."""
        return bool(self._env.step(action)[2])

    def state(self) -> F32:
        """f32[8]: tool position, m; its orientation, axis-angle, rad; both fingers, m."""
        data, robot = self._env.sim.data, self._robot
        w, x, y, z = data.get_body_xquat(robot.robot_model.eef_name)
        fingers = data.qpos[robot._ref_gripper_joint_pos_indexes]
        position = data.site_xpos[robot.eef_site_id]
        return np.concatenate([position, axis_angle((x, y, z, w)), fingers]).astype(np.float32)

    def view(self, camera: str, height: int, width: int) -> U8:
        """uint8[height, width, 3], rows from the bottom up as OpenGL reads them: robosuite's convention."""
        return self._env.sim.render(camera_name=CAMERAS.get(camera, camera), height=height, width=width)

    def position(self, name: str) -> NDArray[np.float64]:
        """Where an object of the BDDL file is, such as `cream_cheese_1` [3], m."""
        return np.array(self._env.sim.data.body_xpos[self._env.obj_body_id[name]])

    def objects(self) -> Mapping[str, int]:
        """Objects and fixtures of the BDDL file, with the number of their body."""
        return self._env.obj_body_id

    @property
    def env(self) -> Any:
        """LIBERO's own environment, for what stands above it: ground truth for demonstrators."""
        return self._env

    def close(self) -> None:
        self._env.close()

    def _open_renderer(self) -> None:
        from robosuite.utils.binding_utils import MjRenderContextOffscreen

        sim = self._env.sim
        if sim._render_context_offscreen is None:
            try:
                MjRenderContextOffscreen(sim, device_id=-1)
            except (RuntimeError, ImportError, AttributeError, OSError) as error:
                where = f"MUJOCO_GL={os.environ.get('MUJOCO_GL')}"
                raise EnvironmentFailed(f"LIBERO cannot render off-screen ({where}): {error}") from error
        options = sim._render_context_offscreen.vopt
        options.geomgroup[0], options.geomgroup[1] = 0, 1  # meshes for people, none of those for collisions


class _seeded:  # noqa: N801
    """numpy's global generator, from which LIBERO draws, at a seed of up to 64 bits; afterwards as it was."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __enter__(self) -> None:
        self._before = np.random.get_state()
        np.random.seed(np.random.SeedSequence(self._seed).generate_state(4))

    def __exit__(self, *exc: object) -> None:
        np.random.set_state(self._before)
