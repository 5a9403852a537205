"""FrankaSim's cube task, with the physics of the package gym-hil: a Panda lifts a cube, seen as numbers."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.environment.protocol import EnvironmentSpec, StepResult, check_seed
from dsrl_core.errors import ConfigError, InvalidRequest
from dsrl_core.types import F32, U8
from sim_bridge.envs.panda_pick.controller import F64, Controller
from sim_bridge.rendering import use_gl

STATE_NAMES = ("block_x", "block_y", "block_z", "gripper", "x", "y", "z", "vx", "vy", "vz")
RATE_HZ = 10.0
SUBSTEPS = 50  # of physics in one control step, 2 ms each
MAX_STEPS = 300
HOME = np.array([0.0, -0.785, 0.0, -2.35, 0.0, 1.57, np.pi / 4])  # rad
WORKSPACE = np.array([[0.2, -0.3, 0.0], [0.6, 0.3, 0.5]])  # m, least and greatest of the tool's target
PLACES = np.array([[0.25, -0.25], [0.55, 0.25]])  # m, where the cube may lie
STEP = 0.05  # m that the target moves for an action of 1
LIFT = 0.2  # m that the cube is to be lifted for the full reward
SHUT = 255.0  # command of the closed gripper
SOLVED = 100.0  # sum of rewards above which the published evaluation counts an episode as a success
VIDEO = (256, 256)


def make() -> "PandaPick":
    """Make the environment.

    Raises:
        ConfigError: the package gym-hil is not installed.
    """
    return PandaPick(_scene())


def _scene() -> Path:
    found = find_spec("gym_hil")  # of the package only the model is used, so that it is not imported
    if found is None or found.origin is None:
        raise ConfigError(
            "panda_pick needs the package gym-hil, which is not installed; ./dsrl up panda_pick installs it, "
            "or: pip install --no-deps -r requirements-panda-pick.txt"
        )
    return Path(found.origin).parent / "assets" / "scene.xml"


class PandaPick:
    """State: cube m, gripper 0 open to 1 shut, tool m and m/s. Action: changes of the tool's target and the gripper.

    An episode succeeds once its rewards add up to more than 100. As no reward is negative and the time-out is that of
    the published evaluation, that is its criterion: it asks for it after 300 steps.
    """

    def __init__(self, scene: Path) -> None:
        import mujoco

        self._mujoco: Any = mujoco
        self._model = mujoco.MjModel.from_xml_path(str(scene))
        self._model.opt.timestep = 1.0 / (RATE_HZ * SUBSTEPS)
        self._model.vis.global_.offheight, self._model.vis.global_.offwidth = VIDEO
        # On a CPU a frame of these meshes takes 0.04 s so, with shadows and multisampling 0.4: two minutes an episode.
        self._model.vis.quality.offsamples = 0
        self._data = mujoco.MjData(self._model)
        self._joints = np.array([self._model.joint(f"joint{i}").id for i in range(1, 8)])
        self._motors = np.array([self._model.actuator(f"actuator{i}").id for i in range(1, 8)])
        self._gripper = int(self._model.actuator("fingers_actuator").id)
        self._controller = Controller(self._model, self._model.site("pinch").id, self._joints, HOME)
        self._renderer: Any = None
        self._start_height, self._return = 0.0, 0.0
        self._spec = EnvironmentSpec(
            cameras={}, state_names=STATE_NAMES, action_dim=4, rate_hz=RATE_HZ, max_steps=MAX_STEPS
        )
        self.reset(0)

    @property
    def spec(self) -> EnvironmentSpec:
        return self._spec

    def reset(self, seed: int, variant: int = -1) -> None:
        if variant not in (-1, 0):
            raise InvalidRequest(f"panda_pick has one start variant; variant={variant} must be -1 or 0")
        check_seed(seed)
        mujoco, model, data = self._mujoco, self._model, self._data
        mujoco.mj_resetData(model, data)
        data.qpos[self._joints] = HOME
        mujoco.mj_forward(model, data)
        data.mocap_pos[0] = self._sensor("2f85/pinch_pos")
        place = np.random.default_rng(np.random.SeedSequence(seed)).uniform(*PLACES)
        data.joint("block").qpos[:3] = (*place, model.geom("block").size[2])
        mujoco.mj_forward(model, data)
        self._start_height, self._return = float(self._sensor("block_pos")[2]), 0.0

    def step(self, action: F32) -> StepResult:
        if np.shape(action) != (4,) or not np.isfinite(action).all():
            raise InvalidRequest(f"panda_pick takes 4 finite changes, of x, y, z and gripper, not {action!r}")
        data = self._data
        data.mocap_pos[0] = np.clip(data.mocap_pos[0] + STEP * np.asarray(action[:3], np.float64), *WORKSPACE)
        closed = data.ctrl[self._gripper] / SHUT + float(action[3])
        data.ctrl[self._gripper] = np.clip(closed, 0.0, 1.0) * SHUT
        for _ in range(SUBSTEPS):
            data.ctrl[self._motors] = self._controller.torques(data, data.mocap_pos[0], data.mocap_quat[0])
            self._mujoco.mj_step(self._model, data)
        reward = self._reward()
        self._return += reward
        return StepResult(reward, self._return > SOLVED)

    def state(self) -> F32:
        gripper = self._data.ctrl[self._gripper] / SHUT
        tool = (self._sensor("2f85/pinch_pos"), self._sensor("2f85/pinch_vel"))
        return np.concatenate([self._sensor("block_pos"), [gripper], *tool]).astype(np.float32)

    def target(self) -> F64:
        """Where the tool is to be f64[3], m: actions move it, and the tool follows."""
        return np.array(self._data.mocap_pos[0], np.float64)

    def render(self) -> dict[str, U8]:
        return {}

    def render_video(self) -> U8:
        """A frame of camera `front` for videos, uint8[256, 256, 3]; nothing is learned from it."""
        if self._renderer is None:
            use_gl()
            self._renderer = self._mujoco.Renderer(self._model, *VIDEO)
            self._renderer.scene.flags[self._mujoco.mjtRndFlag.mjRND_SHADOW] = False
        self._renderer.update_scene(self._data, camera="front")
        return np.array(self._renderer.render(), np.uint8)

    def close(self) -> None:
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _reward(self) -> float:
        cube = self._sensor("block_pos")
        near = np.exp(-20.0 * np.linalg.norm(cube - self._sensor("2f85/pinch_pos")))
        lifted = np.clip((cube[2] - self._start_height) / LIFT, 0.0, 1.0)
        return float(0.3 * near + 0.7 * lifted)

    def _sensor(self, name: str) -> F64:
        values: F64 = self._data.sensor(name).data
        return values
