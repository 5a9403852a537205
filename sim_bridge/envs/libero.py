"""LIBERO: any task of libero_spatial, object, goal, 10 and 90 with a Panda arm under OSC pose control at 20 Hz."""

import numpy as np

from dsrl_core.environment import EnvironmentSpec, StepResult
from dsrl_core.errors import ConfigError, EnvironmentFailed, InvalidRequest
from dsrl_core.types import F32, U8
from sim_bridge import libero_assets
from sim_bridge.libero_package import Task, find_task, initial_states

STATE_NAMES = ("x", "y", "z", "rx", "ry", "rz", "finger_joint1", "finger_joint2")
ACTION_DIM = 7
RATE_HZ = 20.0
MAX_STEPS = 400
VIDEO_SIZE = 256


def make(
    suite: str = "libero_90",
    task: str = "57",
    image_size: str = "64",
    placement: str = "bddl",
    settle_steps: str = "10",
    render: str = "on_demand",
    fast_render: str = "false",
) -> "LiberoEnvironment":
    """Build the environment.

    Args:
        suite: libero_spatial, libero_object, libero_goal, libero_10 or libero_90.
        task: its number in the suite, or its name.
        image_size: height and width of both images, pixels.
        placement: "bddl" draws object poses from the seed, as the task's BDDL file says; "benchmark" takes the
            benchmark's initial states, which are then the start variants.
        settle_steps: null actions after a reset, while objects come to rest; 10 as the benchmark's evaluations.
        render: "on_demand", or "every_step": images are rendered at every step, as the stock environment does.
        fast_render: "true" drops shadows and multisampling: other pixels, two to three times faster.
    Raises:
        ConfigError: an option out of range, or the assets are missing.
        EnvironmentFailed: nothing renders off-screen here.
    """
    size = _whole("image_size", image_size, 8, 1024)
    settle = _whole("settle_steps", settle_steps, 0, 200)
    _choice("placement", placement, ("bddl", "benchmark"))
    _choice("render", render, ("on_demand", "every_step"))
    _choice("fast_render", fast_render, ("true", "false"))
    found = find_task(suite, task)
    states = initial_states(found) if placement == "benchmark" else None
    return LiberoEnvironment(
        found, states, size, settle, every_step=render == "every_step", fast_render=fast_render == "true"
    )


class LiberoEnvironment:
    """State f32[8]: tool position, m, its orientation as axis-angle, rad, two fingers, m. Action f32[7]: changes of
    the tool's pose, 1 is 0.05 m or 0.5 rad, and the gripper, -1 opens and 1 closes.

    Images are as robosuite reads them from OpenGL, rows from the bottom up: `dsrl_core/embodiments/libero.py` turns
    them as openpi does.
    """

    def __init__(
        self,
        task: Task,
        initial: np.ndarray | None,
        image_size: int,
        settle_steps: int,
        *,
        every_step: bool = False,
        fast_render: bool = False,
    ) -> None:
        from sim_bridge import libero_task

        assets = libero_assets.find()
        self._wait = libero_task.WAIT
        self._task = libero_task.LiberoTask(libero_task.build(task, assets), fast_render)
        self._initial, self._settle_steps, self._every_step = initial, settle_steps, every_step
        self._images: dict[str, U8] | None = None
        self._spec = EnvironmentSpec(
            cameras=dict.fromkeys(libero_task.CAMERAS, (image_size, image_size)),
            state_names=STATE_NAMES,
            action_dim=ACTION_DIM,
            rate_hz=RATE_HZ,
            max_steps=MAX_STEPS,
            variants=1 if initial is None else len(initial),
        )

    @property
    def spec(self) -> EnvironmentSpec:
        return self._spec

    @property
    def task(self):
        """The physics, for demonstrators: positions of objects."""
        return self._task

    def reset(self, seed: int, variant: int = -1) -> None:
        if not 0 <= seed < 2**64:
            raise InvalidRequest(f"seed={seed} is out of range; allowed: 0 to 2**64 - 1")
        if not -1 <= variant < self._spec.variants:
            raise InvalidRequest(f"variant={variant} is unknown; allowed: -1 to {self._spec.variants - 1}")
        self._task.reset(seed, self._initial_state(seed, variant))
        for _ in range(self._settle_steps):
            self._task.step(self._wait)
        self._observe()

    def step(self, action: F32) -> StepResult:
        if np.shape(action) != (ACTION_DIM,) or not np.isfinite(action).all():
            raise InvalidRequest(f"libero takes {ACTION_DIM} finite values, not {action!r}")
        success = self._task.step(np.asarray(action, np.float64))
        if not np.isfinite(self._task.state()).all():
            raise EnvironmentFailed("libero's physics became unstable")
        self._observe()
        return StepResult(float(success), success)

    def state(self) -> F32:
        return self._task.state()

    def render(self) -> dict[str, U8]:
        if self._images is not None:
            return {name: image.copy() for name, image in self._images.items()}
        return {name: self._task.view(name, *size) for name, size in self._spec.cameras.items()}

    def render_video(self) -> U8:
        """The scene for people, uint8[256, 256, 3], upright."""
        return np.ascontiguousarray(self._task.view("agentview", VIDEO_SIZE, VIDEO_SIZE)[::-1])

    def close(self) -> None:
        self._task.close()

    def _initial_state(self, seed: int, variant: int) -> np.ndarray | None:
        if self._initial is None:
            return None
        drawn = np.random.default_rng(np.random.SeedSequence(seed)).integers(len(self._initial))
        return self._initial[drawn if variant < 0 else variant]

    def _observe(self) -> None:
        self._images = None
        if self._every_step:
            self._images = self.render()


def _whole(name: str, text: str, low: int, high: int) -> int:
    if not (text.isdecimal() and low <= int(text) <= high):
        raise ConfigError(f"libero option {name}={text!r} must be a whole number in [{low}, {high}]")
    return int(text)


def _choice(name: str, text: str, allowed: tuple[str, ...]) -> None:
    if text not in allowed:
        raise ConfigError(f"libero option {name}={text!r} is unknown; allowed: {', '.join(allowed)}")
