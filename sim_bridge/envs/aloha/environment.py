"""gym-aloha: two arms hand a cube over (TransferCube), or put a peg into a socket (Insertion)."""

from typing import Any

import numpy as np

from dsrl_core.environment.protocol import EnvironmentSpec, StepResult, TaskFacts, check_seed
from dsrl_core.errors import EnvironmentFailed, InvalidRequest
from dsrl_core.types import F32, U8
from sim_bridge.options import Options
from sim_bridge.rendering import use_gl

OPTIONS = Options("aloha")
_ARM = ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate", "gripper")
STATE_NAMES = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in _ARM)
RATE_HZ = 50.0
MAX_STEPS = 400
INSTRUCTIONS = {  # of each task; the first is openpi's of `pi0_aloha_sim`
    "transfer_cube": "Transfer cube",
    "insertion": "Insert the peg into the socket",
}


def make(
    image_size: str = "64",
    fovy: str = "40",
    fast_render: str = "false",
    image_width: str = "",
    task: str = "transfer_cube",
) -> "AlohaEnvironment":
    """Make the environment; only one per process, as gym-aloha keeps the start poses in a module variable.

    Args:
        image_size: height of the image of camera `top`, pixels.
        fovy: its field of view, degrees. The stock 78 leaves the cube three pixels of 64.
        fast_render: "true" drops shadows and multisampling: other pixels, about six times faster.
        image_width: its width, pixels; empty: a square.
        task: "transfer_cube": the right arm lifts a cube and hands it to the left one; "insertion": the right arm lifts
            a peg, the left one a socket, and the peg goes in.
    Raises:
        ConfigError: an option out of range, or nothing renders here.
    """
    from absl import logging as absl_logging

    absl_logging.set_verbosity(absl_logging.WARNING)  # dm_control logs how it chose its renderer
    size, angle = OPTIONS.number("image_size", image_size, 8, 480), OPTIONS.number("fovy", fovy, 10, 120)
    width = OPTIONS.number("image_width", image_width or image_size, 8, 640)
    OPTIONS.choice("fast_render", fast_render, ("true", "false"))
    OPTIONS.choice("task", task, tuple(INSTRUCTIONS))
    use_gl()
    return AlohaEnvironment((int(size), int(width)), angle, fast_render == "true", task)


def task_facts(task: str = "transfer_cube", **options: str) -> TaskFacts:
    """The task's instruction; ConfigError for an unknown task."""
    OPTIONS.choice("task", task, tuple(INSTRUCTIONS))
    return TaskFacts(INSTRUCTIONS[task])


class AlohaEnvironment:
    """State f32[14] and actions f32[14] are joints in rad and grippers, 0 closed to 1 open; success is reward 4."""

    def __init__(
        self, image_size: tuple[int, int], fovy: float, fast_render: bool, task: str = "transfer_cube"
    ) -> None:
        from sim_bridge.envs.aloha import task as aloha_task

        self._task, self._name = aloha_task, task
        self._environment = aloha_task.build(task, fast_render)
        self._fovy = fovy
        self._views: dict[str, Any] = {}  # kept, as making one takes as long as rendering a frame
        self._spec = EnvironmentSpec(
            cameras={"top": image_size},
            state_names=STATE_NAMES,
            action_dim=len(STATE_NAMES),
            rate_hz=RATE_HZ,
            max_steps=MAX_STEPS,
        )

    @property
    def spec(self) -> EnvironmentSpec:
        return self._spec

    def reset(self, seed: int, variant: int = -1) -> None:
        if variant not in (-1, 0):
            raise InvalidRequest(f"aloha has one start variant; variant={variant} must be -1 or 0")
        check_seed(seed)
        self._task.reset(self._environment, self._task.start_pose(self._name, seed))

    def step(self, action: F32) -> StepResult:
        if action.shape != (len(STATE_NAMES),) or not np.isfinite(action).all():
            raise InvalidRequest(f"aloha takes {len(STATE_NAMES)} finite joint targets, not {action!r}")
        try:
            reward = self._environment.step(action.astype(np.float64)).reward
        except self._task.PhysicsError as error:
            raise EnvironmentFailed(f"aloha's physics became unstable: {error}") from error
        return StepResult(float(reward), reward == self._task.SUCCESS_REWARD)

    def state(self) -> F32:
        return self._task.joints(self._environment.physics)

    def render(self) -> dict[str, U8]:
        return {name: self._view(name, *size, self._fovy) for name, size in self._spec.cameras.items()}

    def render_video(self) -> U8:
        """A frame of the whole scene for videos, uint8[240, 320, 3]; the policy does not see this camera."""
        return self._view("angle", 240, 320, 56.0)

    def close(self) -> None:
        self._views.clear()
        self._environment.physics.free()

    def _view(self, camera: str, height: int, width: int, fovy: float) -> U8:
        if camera not in self._views:
            self._views[camera] = self._task.view(self._environment.physics, camera, height, width, fovy)
        return np.array(self._views[camera].render(), np.uint8)
