"""LIBERO: a Panda arm under OSC pose control at 20 Hz in any task of libero_spatial, object, goal, 10 and 90."""

import logging

import numpy as np
from numpy.typing import NDArray

from dsrl_core.config.platform import POSE_NAMES
from dsrl_core.environment.protocol import EnvironmentSpec, StepResult, TaskFacts, check_seed
from dsrl_core.errors import EnvironmentFailed, InvalidRequest
from dsrl_core.types import F32, U8
from sim_bridge.envs.libero import assets as libero_assets
from sim_bridge.envs.libero import task as libero_task
from sim_bridge.envs.libero.package import SUITES, find_task
from sim_bridge.envs.libero.states import initial_states
from sim_bridge.envs.libero.task import LiberoTask
from sim_bridge.options import Options

OPTIONS = Options("libero")
STATE_NAMES = (*POSE_NAMES, "finger_joint1", "finger_joint2")
ACTION_DIM = 7
RATE_HZ = 20.0
VIDEO_SIZE = 256


def make(
    suite: str = "libero_90",
    task: str = "57",
    image_size: str = "64",
    placement: str = "bddl",
    settle_steps: str = "10",
    fast_render: str = "false",
) -> "LiberoEnvironment":
    """Build the environment.

    Args:
        suite: libero_spatial, libero_object, libero_goal, libero_10 or libero_90.
        task: its number in the suite, or its name.
        image_size: height and width of both images, pixels.
        placement: "bddl" draws the objects' poses from the seed, as the task's BDDL file says; "benchmark" starts from
            the benchmark's initial states, which are then the start variants.
        settle_steps: null actions after a reset, while objects fall and come to rest; 10 as in openpi's evaluation.
        fast_render: "true" drops shadows and multisampling: other pixels, two to three times faster.
    Raises:
        ConfigError: an option is out of range, or assets are missing.
        EnvironmentFailed: nothing renders off-screen here.
    """
    size = OPTIONS.whole("image_size", image_size, 8, 1024)
    settle = OPTIONS.whole("settle_steps", settle_steps, 0, 200)
    OPTIONS.choice("placement", placement, ("bddl", "benchmark"))
    OPTIONS.choice("fast_render", fast_render, ("true", "false"))
    found, assets = find_task(suite, task), libero_assets.find()
    states = initial_states(found) if placement == "benchmark" else None
    if assets.stand_ins:
        logging.getLogger(__name__).warning("%s", _stand_ins_warning(assets))
    spec = EnvironmentSpec(
        cameras=dict.fromkeys(libero_task.CAMERAS, (size, size)),
        state_names=STATE_NAMES,
        action_dim=ACTION_DIM,
        rate_hz=RATE_HZ,
        max_steps=SUITES[suite],
        variants=1 if states is None else len(states),
    )
    physics = LiberoTask(found, assets.folder, fast_render == "true")
    return LiberoEnvironment(spec, physics, states, settle_steps=settle)


def task_facts(suite: str = "libero_90", task: str = "57", **options: str) -> TaskFacts:
    """The task's instruction, and whether the assets are LIBERO's originals, without building the environment."""
    return TaskFacts(find_task(suite, task).instruction, bool(libero_assets.find().stand_ins))


class LiberoEnvironment:
    """State f32[8]: the tool's position, m, and axis-angle vector, rad; two fingers, m. Action f32[7]: changes of the
    tool's pose, 1 is 0.05 m or 0.5 rad, and the gripper, -1 opens and 1 closes. Reward and success: the goal's
    predicates hold.

    Images come as robosuite reads them from OpenGL, rows from the bottom up: the embodiment `libero` turns them by 180
    degrees for openpi's policies, which were trained so.
    """

    def __init__(
        self,
        spec: EnvironmentSpec,
        task: LiberoTask,
        initial_states: NDArray[np.float64] | None,
        *,
        settle_steps: int,
    ) -> None:
        self.spec = spec
        self.task = task
        self._initial_states = initial_states
        self._settle_steps = settle_steps

    def reset(self, seed: int, variant: int = -1) -> None:
        check_seed(seed)
        if not -1 <= variant < self.spec.variants:
            raise InvalidRequest(f"variant={variant} is unknown; allowed: -1 to {self.spec.variants - 1}")
        self.task.reset(seed, self._initial_state(seed, variant))
        for _ in range(self._settle_steps):
            self.task.step(libero_task.WAIT)

    def step(self, action: F32) -> StepResult:
        if np.shape(action) != (ACTION_DIM,) or not np.isfinite(action).all():
            raise InvalidRequest(f"libero takes {ACTION_DIM} finite values, not {action!r}")
        success = self.task.step(np.asarray(action, np.float64))
        if not self._stable():
            raise EnvironmentFailed("libero's physics became unstable")
        return StepResult(float(success), success)

    def state(self) -> F32:
        return self.task.state()

    def render(self) -> dict[str, U8]:
        return {name: self.task.view(name, *size) for name, size in self.spec.cameras.items()}

    def render_video(self) -> U8:
        """A frame of the scene for videos, uint8[256, 256, 3], upright."""
        return np.ascontiguousarray(self.task.view("agentview", VIDEO_SIZE, VIDEO_SIZE)[::-1])

    def close(self) -> None:
        self.task.close()

    def _stable(self) -> bool:
        try:
            return bool(np.isfinite(self.task.state()).all())
        except InvalidRequest:  # the tool's orientation is no rotation
            return False

    def _initial_state(self, seed: int, variant: int) -> NDArray[np.float64] | None:
        if self._initial_states is None:
            return None
        drawn = np.random.default_rng(np.random.SeedSequence(seed)).integers(len(self._initial_states))
        return self._initial_states[drawn if variant < 0 else variant]


def _stand_ins_warning(assets: libero_assets.Assets) -> str:
    shown = ", ".join(assets.stand_ins[:3])
    return (
        f"{len(assets.stand_ins)} of LIBERO's assets are stand-ins ({shown}, ...): scenes look different, and results "
        "are no figures of the LIBERO benchmark"
    )
