"""LIBERO's benchmark environment with the same steps; images are rendered only on request, not at every step."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.environment.rotation import axis_angle
from dsrl_core.errors import ConfigError, EnvironmentFailed
from dsrl_core.types import F32, U8
from sim_bridge.envs.libero import assets as libero_assets
from sim_bridge.envs.libero import package as libero_package
from sim_bridge.envs.libero.package import Task

F64 = NDArray[np.float64]
CAMERAS = {"agentview": "agentview", "wrist": "robot0_eye_in_hand"}  # our name -> the model's
WAIT = np.array([0, 0, 0, 0, 0, 0, -1], np.float64)  # the benchmark's null action: stay, with an open gripper
PLACEMENT_TRIES = 20


def build(task: Task, assets: Path, *, stock_size: int = 0, hard_reset: bool = False) -> Any:
    """LIBERO's `ControlEnv` with OSC pose control at 20 Hz.

    Args:
        assets: folder of meshes and textures.
        stock_size: 0: nothing is rendered at a step. Else as the benchmark sets it up, to compare with: both cameras,
            squares of this many pixels, are rendered at every step.
        hard_reset: the benchmark's default: every reset compiles the model anew, seconds for the same state.
    Raises:
        ConfigError: an asset is missing.
    """
    envs, stock = libero_package.load(assets), stock_size > 0
    try:
        with seeded(0):  # building draws the objects' places, too
            return envs.env_wrapper.ControlEnv(
                str(task.bddl_file),
                use_camera_obs=stock,
                has_offscreen_renderer=stock,
                hard_reset=hard_reset,
                ignore_done=True,  # otherwise every episode ends after 1,000 steps
                camera_names=list(CAMERAS.values()),
                camera_heights=stock_size or 128,
                camera_widths=stock_size or 128,
            )
    except (FileNotFoundError, ValueError) as error:  # of the XML reader, and of MuJoCo for meshes and textures
        if str(assets) not in str(error):
            raise
        raise ConfigError(
            f"an asset of {task.suite}/{task.index} is missing: {error}; {libero_assets.HOW_TO_GET}"
        ) from error


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global generator, from which LIBERO draws, with up to 64 bits; its old state is restored after."""
    before = np.random.get_state()
    np.random.seed(np.random.SeedSequence(seed).generate_state(4))
    try:
        yield
    finally:
        np.random.set_state(before)


@contextmanager
def stepping_once(sim: Any) -> Iterator[None]:
    """Make robosuite compute each physics step only once, with bit-identical results.

    It asks for kinematics and collisions before its controller, again in it, and MuJoCo's step does so a third time.
    The controller reads nothing but what the first half of MuJoCo's step computes, so this half before it and the
    other half after it are the whole step, as MuJoCo documents for Euler's integrator, which LIBERO uses.
    """
    import mujoco  # not above: it reads MUJOCO_GL

    model, data, known = sim.model._model, sim.data._data, False

    def forward() -> None:
        nonlocal known
        if not known:
            mujoco.mj_step1(model, data)
        known = True

    def step() -> None:
        nonlocal known
        forward()
        mujoco.mj_step2(model, data)
        known = False

    sim.forward, sim.step = forward, step
    try:
        yield
    finally:
        del sim.forward, sim.step


class LiberoTask:
    """Physics, cameras and ground truth of one task."""

    def __init__(self, task: Task, assets: Path, fast_render: bool = False) -> None:
        """Build the model, seconds.

        Args:
            fast_render: no shadows, no multisampling: other pixels, two to three times faster, the same physics.
        Raises:
            ConfigError: an asset is missing.
            EnvironmentFailed: nothing renders off-screen here.
        """
        self.env = build(task, assets).env  # LIBERO's own environment
        self.env._observables.clear()  # not used, but sampled 25 times per step
        self._robot = self.env.robots[0]
        model = self._model = self.env.sim.model
        self._fixtures = model.body_pos.copy(), model.body_quat.copy()
        if fast_render:
            model.vis.quality.offsamples = 0
            model.vis.quality.shadowsize = 0
        self._open_renderer()
        self.reset(0)
        self.step(WAIT)  # numba compiles at the first use on a machine, here and not in the first episode

    def reset(self, seed: int, initial: F64 | None = None) -> None:
        """Start an episode; nothing of the one before is left.

        Args:
            seed: of the placement, up to 64 bits.
            initial: one of the benchmark's initial states [1 + nq + nv], which then decides alone.
        Raises:
            EnvironmentFailed: no placement without collisions was found.
        """
        # A reset without recompiling the model does not undo the fixtures' places and the gripper's last command.
        self._model.body_pos[:], self._model.body_quat[:] = self._fixtures
        self._robot.gripper.current_action = np.zeros(self._robot.gripper.dof)
        with seeded(seed):
            self._place()
        if initial is not None:
            self.env.sim.set_state_from_flattened(initial)
            self.env.sim.forward()
        self.env._post_process()  # sets the appearance of stoves that are on

    def _place(self) -> None:
        from robosuite.utils.errors import RandomizationError

        for attempt in range(PLACEMENT_TRIES):
            try:
                self.env.reset()
                return
            except RandomizationError as error:
                if attempt == PLACEMENT_TRIES - 1:
                    raise EnvironmentFailed(
                        f"no placement of the objects in {PLACEMENT_TRIES} tries: {error}"
                    ) from error

    def step(self, action: F64) -> bool:
        """Advance by 1/20 s; returns whether the goal is reached."""
        with stepping_once(self.env.sim):
            return bool(self.env.step(action)[2])

    def state(self) -> F32:
        """f32[8]: the tool's position, m, and axis-angle vector, rad; both fingers, m. As robosuite observes them."""
        data, robot = self.env.sim.data, self._robot
        w, x, y, z = data.get_body_xquat(robot.robot_model.eef_name)
        position, fingers = data.site_xpos[robot.eef_site_id], data.qpos[robot._ref_gripper_joint_pos_indexes]
        return np.concatenate([position, axis_angle((x, y, z, w)), fingers]).astype(np.float32)

    def view(self, camera: str, height: int, width: int) -> U8:
        """uint8[height, width, 3] of one of `CAMERAS`, rows from the bottom up: robosuite's convention, OpenGL's."""
        self.env.sim._render_context_offscreen.gl_ctx.make_current()  # another renderer may have changed it
        return self.env.sim.render(camera_name=CAMERAS[camera], height=height, width=width)

    def position(self, name: str) -> F64:
        """Where an object or fixture of the BDDL file is, such as "cream_cheese_1", [3], m."""
        return np.array(self.env.sim.data.body_xpos[self.env.obj_body_id[name]])

    def place(self, name: str) -> F64:
        """Where a thing or a region of the BDDL file is, such as "flat_stove_1_cook_region", [3], m.

        A region of a thing that moves, such as the inside of a basket, is where the thing is.
        """
        for thing in self.env.objects_dict:
            if name == thing or name.startswith(f"{thing}_"):
                return self.position(thing)
        return np.array(self.env.sim.data.get_site_xpos(name))

    def fulfilled(self, goal: list[str]) -> bool:
        """Whether a predicate holds, such as ["in", "milk_1", "basket_1_contain_region"]."""
        return bool(self.env._eval_predicate(goal))

    def fingers(self) -> tuple[float, float]:
        """Opening of the gripper, m, and the speed of its faster finger, m/s."""
        data, robot = self.env.sim.data, self._robot
        places = data.qpos[robot._ref_gripper_joint_pos_indexes]
        speeds = data.qvel[robot._ref_gripper_joint_vel_indexes]
        return float(places[0] - places[1]), float(np.abs(speeds).max())

    def grasped(self, name: str) -> bool:
        """Whether both fingers touch a thing."""
        return bool(self.env._check_grasp(self._robot.gripper, self.env.objects_dict[name]))

    def names(self) -> tuple[str, ...]:
        """Objects and fixtures of the BDDL file."""
        return tuple(self.env.obj_body_id)

    def close(self) -> None:
        self.env.close()

    def _open_renderer(self) -> None:
        from robosuite.utils.binding_utils import MjRenderContextOffscreen

        try:
            MjRenderContextOffscreen(self.env.sim, device_id=-1)  # the simulation holds a reference to it
        except Exception as error:  # whatever Python, EGL, OSMesa, MuJoCo or a driver raises
            message = f"nothing renders off-screen here: {error}; {libero_package.about_renderers()}"
            raise EnvironmentFailed(message) from error
        options = self.env.sim._render_context_offscreen.vopt
        options.geomgroup[0], options.geomgroup[1] = 0, 1  # visual meshes only, no collision meshes
