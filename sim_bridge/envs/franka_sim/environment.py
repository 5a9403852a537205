"""`franka_sim`: lift the one lit block of three with an FR3; only the cameras see which one is lit."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy

import numpy as np

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.environment.protocol import EnvironmentSpec, StepResult, TaskFacts, check_seed
from dsrl_core.errors import EnvironmentFailed, InvalidRequest
from dsrl_core.types import F32, F64, U8
from sim_bridge.envs.franka_sim import scene
from sim_bridge.envs.franka_sim.arm import HAND_ACTUATOR
from sim_bridge.envs.franka_sim.motion import Setpoints
from sim_bridge.envs.franka_sim.views import Views
from sim_bridge.options import Options
from sim_bridge.rendering import use_gl

OPTIONS = Options("franka_sim")
INSTRUCTION = "Pick up the lit block"
ARM = "fr3"  # of config/arms
MAX_STEPS = 90
START = 0.02  # rad, episodes start within +- this around home
LIFTED = 0.10  # m, height of a block's centre that counts as lifted
STEP_RAD = 0.2  # of a joint in one control step at an action of 1 and a velocity scale of 1, as DROID's
CLOSES = 0.5  # an action's last value above this closes the gripper
OPEN = 0.04  # m, half the opening of an open gripper
FINGER_SPEED = 0.05  # m/s of each finger


def make(image_size: str = "64", velocity_scale: str = "0.42") -> "FrankaSim":
    """Make the environment.

    Args:
        image_size: height and width of the image of each camera, pixels.
        velocity_scale: share of DROID's 0.2 rad per control step that an action of 1 commands.
    Raises:
        ConfigError: an option out of range, the arm's model is not installed, or nothing renders here.
    """
    size = int(OPTIONS.number("image_size", image_size, 8, 480))
    return FrankaSim(size, OPTIONS.number("velocity_scale", velocity_scale, 0.05, 1))


def task_facts(**options: str) -> TaskFacts:
    """The task's instruction."""
    return TaskFacts(INSTRUCTION)


class FrankaSim:
    """State: seven joints, rad, and half the gripper's opening, m. Action: joint velocities in [-1, 1], and gripper."""

    def __init__(self, image_size: int, velocity_scale: float) -> None:
        use_gl()
        import mujoco

        self._mujoco = mujoco
        self.arm = load_arm(ARM)
        self.model = scene.build(*scene.VIDEO)
        self.data = mujoco.MjData(self.model)
        self.setpoints = Setpoints(self.arm, 1.0 / scene.RATE_HZ, scene.SUBSTEPS)
        self.action_speed = STEP_RAD * scene.RATE_HZ * velocity_scale  # rad/s of a joint at an action of 1
        self.reflexes = 0  # control steps at which a real arm would have stopped with a reflex
        self._views, self._image_size = Views(self.model, image_size), image_size
        self._position, self._velocity = (
            [self.model.actuator(f"{joint}_{what}").id for joint in self.arm.joints]
            for what in ("position", "velocity")
        )
        self._hand = self.model.actuator(HAND_ACTUATOR).id
        self._blocks = [int(self.model.joint(scene.block_name(i)).qposadr[0]) for i in range(scene.BLOCKS)]
        self._lit, self._opening = 0, OPEN
        self.reset(0)

    @property
    def spec(self) -> EnvironmentSpec:
        return EnvironmentSpec(
            cameras=dict.fromkeys(scene.CAMERAS, (self._image_size, self._image_size)),
            state_names=(*self.arm.joints, self.arm.gripper_joint),
            action_dim=self.arm.size + 1,
            rate_hz=scene.RATE_HZ,
            max_steps=MAX_STEPS,
            variants=scene.BLOCKS,
        )

    def reset(self, seed: int, variant: int = -1) -> None:
        """Start near home with seeded places of the blocks; `variant` is the lit block, -1 draws it."""
        joints, places, lit = self._start(seed, variant)
        self.place(joints, places)
        self.light(lit)

    def _start(self, seed: int, variant: int) -> tuple[F64, F64, int]:
        """Joints, places of the blocks and the lit one of an episode's start."""
        if not -1 <= variant < scene.BLOCKS:
            raise InvalidRequest(f"variant={variant} is unknown; allowed: -1 to {scene.BLOCKS - 1}")
        check_seed(seed)
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        joints = self.arm.home + rng.uniform(-START, START, self.arm.size)
        places, drawn = draw_places(rng), int(rng.integers(scene.BLOCKS))
        return joints, places, drawn if variant < 0 else variant

    def place(self, joints: F64, places: F64) -> None:
        """Put the arm at rest at `joints` f64[7], rad, its gripper open, and the blocks at `places` f64[3, 2], m."""
        self._mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:7], self.data.qpos[7:9] = joints, OPEN
        self._place_blocks(places)
        self._opening = self.data.ctrl[self._hand] = OPEN
        self.setpoints.anchor(joints)
        self._mujoco.mj_forward(self.model, self.data)

    def place_scene(self, seed: int, variant: int) -> None:
        """Put the blocks where `reset` would, and light the one it would; the arm stays where it is."""
        _, places, lit = self._start(seed, variant)
        self._place_blocks(places)
        self.light(lit)
        self._mujoco.mj_forward(self.model, self.data)

    def _place_blocks(self, places: F64) -> None:
        for number, (start, place) in enumerate(zip(self._blocks, places, strict=True)):
            self.data.qpos[start : start + 7] = (*place, scene.HALF, 1.0, 0.0, 0.0, 0.0)
            self.data.joint(scene.block_name(number)).qvel[:] = 0.0

    @property
    def lit(self) -> int:
        """Number of the lit block."""
        return self._lit

    @contextmanager
    def trial(self) -> Iterator[None]:
        """What is done within it is undone at its end."""
        before, planned, opening = copy(self.data), deepcopy(self.setpoints), self._opening
        try:
            yield
        finally:
            self._mujoco.mj_copyData(self.data, self.model, before)
            self.setpoints, self._opening = planned, opening

    def light(self, block: int) -> None:
        """Light one block and no other."""
        self._lit = block
        scene.light(self.model, block)

    def block(self, number: int) -> F64:
        """Where the centre of a block is, f64[3], m."""
        start = self._blocks[number]
        return np.array(self.data.qpos[start : start + 3])

    def step(self, action: F32) -> StepResult:
        """Advance by one control step.

        Raises:
            InvalidRequest: the action's shape is wrong or a value is not finite; nothing has changed.
            EnvironmentFailed: a setpoint broke a limit of the arm, which would have stopped with a reflex.
        """
        command = np.asarray(action, np.float64)
        if command.shape != (self.arm.size + 1,) or not np.isfinite(command).all():
            raise InvalidRequest(f"action must be {self.arm.size} joint velocities and the gripper, is {action!r}")
        self._move(self.action_speed * np.clip(command[:-1], -1.0, 1.0), closes=command[-1] > CLOSES)
        success = self.succeeded()
        return StepResult(reward=float(success), success=success)

    def succeeded(self) -> bool:
        """Whether the lit block is lifted now."""
        return bool(self.block(self._lit)[2] > LIFTED)

    def joints(self) -> F64:
        """Positions of the arm's joints, f64[7], rad."""
        return np.array(self.data.qpos[: self.arm.size])

    def _move(self, velocities: F64, closes: bool) -> None:
        motion = self.setpoints.step(velocities)
        if motion.reflex:
            self.reflexes += 1
            raise EnvironmentFailed(f"a real arm would have stopped with a reflex: {motion.reflex}")
        self.grip(closes, 1.0 / scene.RATE_HZ)
        self.drive(motion.positions, motion.velocities)

    def grip(self, closes: bool, seconds: float) -> None:
        """Move the fingers on for so long."""
        travel = FINGER_SPEED * seconds
        self._opening = max(self._opening - travel, 0.0) if closes else min(self._opening + travel, OPEN)
        self.data.ctrl[self._hand] = self._opening

    def drive(self, positions: F64, velocities: F64) -> None:
        """Advance by a step of physics for each setpoint, f64[t, 7], rad and rad/s."""
        control = self.data.ctrl
        for each, speeds in zip(positions, velocities, strict=True):
            control[self._position], control[self._velocity] = each, speeds
            self._mujoco.mj_step(self.model, self.data)
        self._mujoco.mj_forward(self.model, self.data)  # so that images show the new state

    def state(self) -> F32:
        return self.data.qpos[: self.arm.size + 1].astype(np.float32)

    def render(self) -> dict[str, U8]:
        return self._views.render(self.data)

    def render_video(self) -> U8:
        """A frame for videos, uint8 [h, w, 3]; like `render`, it does not change the physics."""
        return self._views.video(self.data)

    def close(self) -> None:
        self._views.close()


def draw_places(rng: np.random.Generator) -> F64:
    """Places of the blocks on the table, f64[3, 2], m."""
    return np.array(scene.CENTRES) + rng.uniform(-1.0, 1.0, (scene.BLOCKS, 2)) * scene.SPREAD
