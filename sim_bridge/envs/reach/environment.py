"""`reach`: bring a gantry's gripper to rest over the one lit pad of four; only the camera sees which one is lit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.protocol import EnvironmentSpec, StepResult, check_seed
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, U8
from sim_bridge.envs.reach.scene import LIT, PADS, UNLIT, scene_xml
from sim_bridge.rendering import use_gl

if TYPE_CHECKING:
    import mujoco

IMAGE = (64, 64)  # h, w of the camera
VIDEO = (256, 320)  # h, w of the frames of videos
RATE_HZ = 20.0
MAX_STEPS = 50
START = 0.06  # m, episodes start within +- this around the centre
DEMONSTRATED_START = (
    0.12  # m, demonstrations start in a wider square, so that the policy learns to recover from a wrong first move
)
REST = 6  # steps that a demonstration stays over its pad
REACHED = 0.045  # m from the pad's centre
SETTLED = 0.06  # m/s
SPEED = 0.20  # m/s, the expert's cruise
GAIN = 4.0  # 1/s, the expert's approach


class Reach:
    """Two velocity-controlled axes over four pads. State: axis positions, m. Action: axis velocities, m/s."""

    def __init__(self) -> None:
        use_gl()
        import mujoco

        self._mujoco = mujoco
        self._model = mujoco.MjModel.from_xml_string(scene_xml(*VIDEO))
        self._data = mujoco.MjData(self._model)
        self._substeps = round(1.0 / (RATE_HZ * self._model.opt.timestep))
        self._renderers: dict[str, mujoco.Renderer] = {}
        self._pad = 0
        self.reset(0)

    @property
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(
            cameras={"front": IMAGE},
            state_names=("bridge", "carriage"),
            action_dim=2,
            rate_hz=RATE_HZ,
            max_steps=MAX_STEPS,
            variants=len(PADS),
        )

    def reset(self, seed: int, variant: int = -1) -> None:
        """Start from a seeded position; `variant` is the lit pad, -1 draws it."""
        if not -1 <= variant < len(PADS):
            raise InvalidRequest(f"variant={variant} is unknown; allowed: -1 to {len(PADS) - 1}")
        check_seed(seed)
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        start, drawn = rng.uniform(-START, START, 2), int(rng.integers(len(PADS)))
        self.place(start)
        self.light(drawn if variant < 0 else variant)

    @property
    def lit(self) -> int:
        """Number of the lit pad."""
        return self._pad

    def place(self, position: NDArray[np.floating]) -> None:
        """Put the gripper at rest at `position` [2], m."""
        self._mujoco.mj_resetData(self._model, self._data)
        self._data.qpos[:] = position
        self._mujoco.mj_forward(self._model, self._data)

    def light(self, pad: int) -> None:
        """Light one pad and no other."""
        self._pad = pad
        for i in range(len(PADS)):
            on = i == pad
            material, halo = self._model.material(f"pad{i}"), self._model.material(f"halo{i}")
            material.rgba[:] = np.fromstring(LIT[i] if on else UNLIT[i], sep=" ")
            material.emission[:] = 0.65 if on else 0.0
            halo.rgba[3], halo.emission[:] = (0.34, 0.6) if on else (0.0, 0.0)

    def step(self, action: F32) -> StepResult:
        command = np.asarray(action, np.float64)
        if command.shape != (2,) or not np.isfinite(command).all():
            raise InvalidRequest(f"action must be 2 finite velocities in m/s, is {action!r}")
        self._data.ctrl[:] = command
        for _ in range(self._substeps):
            self._mujoco.mj_step(self._model, self._data)
        self._mujoco.mj_forward(self._model, self._data)  # so that images show the new state
        success = self._success()
        return StepResult(reward=float(success), success=success)

    def _success(self) -> bool:
        away = np.hypot(*(self._data.qpos - PADS[self._pad]))
        return bool(away < REACHED and np.hypot(*self._data.qvel) < SETTLED)

    def state(self) -> F32:
        return self._data.qpos.astype(np.float32)

    def render(self) -> dict[str, U8]:
        return {"front": self._picture("front", IMAGE)}

    def render_video(self) -> U8:
        """A frame for videos, uint8 [h, w, 3]; like `render`, it does not change the physics."""
        return self._picture("video", VIDEO)

    def _picture(self, camera: str, size: tuple[int, int]) -> U8:
        if camera not in self._renderers:
            self._renderers[camera] = self._renderer(size, fine=camera == "video")
        renderer = self._renderers[camera]
        renderer.update_scene(self._data, camera)
        renderer.scene.flags[self._mujoco.mjtRndFlag.mjRND_SHADOW] = camera == "video"
        return renderer.render().copy()

    def _renderer(self, size: tuple[int, int], *, fine: bool) -> "mujoco.Renderer":
        quality = self._model.vis.quality  # only read when a renderer is made
        quality.offsamples, quality.shadowsize = (4, 2048) if fine else (0, 0)
        quality.numslices, quality.numstacks = (28, 16) if fine else (12, 8)
        return self._mujoco.Renderer(self._model, *size)

    def close(self) -> None:
        for renderer in self._renderers.values():
            renderer.close()
        self._renderers.clear()


def make() -> Reach:
    """The environment; it has no options."""
    return Reach()


def expert(position: F32, goal: int) -> F32:
    """The expert's velocity command f32[2], m/s: straight from `position` [2] to pad `goal`, slowing down near it."""
    way = np.asarray(PADS[goal]) - position
    velocity = GAIN * way
    return (velocity * min(1.0, SPEED / max(float(np.hypot(*velocity)), 1e-9))).astype(np.float32)


def demonstrations(count: int, seed: int, first: int = 0) -> Iterator[Demonstration]:
    """Straight paths from each start to every pad, whichever is lit, so that observations do not tell the goal.

    Args:
        count: demonstrations, rounded up to a multiple of four.
        seed: of the starts and lit pads.
        first: number of the first one to make.
    """
    env, rng = Reach(), np.random.default_rng(np.random.SeedSequence(seed))
    for number in range(0, count, len(PADS)):
        start, lit = rng.uniform(-DEMONSTRATED_START, DEMONSTRATED_START, 2), int(rng.integers(len(PADS)))
        for goal in range(max(0, first - number), len(PADS)):
            env.place(start)
            env.light(lit)
            yield _demonstrate(env, goal)
    env.close()


def _demonstrate(env: Reach, goal: int) -> Demonstration:
    images, states, actions = [], [], []
    rest = 0
    while rest < REST:
        images.append(env.render()["front"])
        states.append(env.state())
        actions.append(expert(states[-1], goal))
        env.step(actions[-1])
        rest += bool(np.hypot(*(env.state() - PADS[goal])) < 0.2 * REACHED)
    return Demonstration({"front": np.stack(images)}, np.stack(states), np.stack(actions))
