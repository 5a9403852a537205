"""Changes of the tool's pose as its target pose, as the Cartesian controllers of crisp_controllers take it.

The action's first six values are x, y, z, turns about x, y, z of the base's frame; a seventh closes the gripper.
"""

import numpy as np

from dsrl_core.acting.execution.arm.kinematics import tool_pose
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.orientation import product, quaternion_of, turn
from dsrl_core.acting.execution.arm.quintic import State
from dsrl_core.acting.execution.command_encoders.base import NONE, ArmEncoder, Commands, gripper_command, load_parts
from dsrl_core.acting.execution.command_encoders.shared import TargetEncoder
from dsrl_core.acting.execution.commands import ToolPoseCommand
from dsrl_core.acting.execution.rails.workspace import Workspace
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.errors import ConfigError
from dsrl_core.types import F64

POSE, WITH_GRIPPER = 6, 7
CLIPPED = 1e-9  # m: a target that is farther from what was wanted was clipped


class ToolPoseEncoder(TargetEncoder):
    """Adds changes to the last target, within the box and the tool's speed; the controller smooths them."""

    commands_joints = False

    def __init__(self, contract: ActionContract, arm: ArmModel, space: Workspace) -> None:
        super().__init__(contract, arm)
        self._settings, self._space = contract.arm, space
        self._farthest = space.speed / contract.rate_hz
        self._gripper_place = POSE if contract.size == WITH_GRIPPER else None
        self._target: tuple[F64, F64] | None = None  # place and quaternion; None: not anchored
        self.clipped_steps, self.held_back_s = 0, 0.0  # the box clips, and never holds back

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        place, rotation = tool_pose(self.arm, np.asarray(positions, np.float64))
        self._target, self.anchored = (place, quaternion_of(rotation)), True
        return self._command(stamp_ns)

    def encode(self, step: Step) -> Commands:
        self._check_anchored()
        assert self._target is not None, "it is while the arm is anchored"
        (place, quaternion), values = self._target, np.asarray(step.values, np.float64)
        moved = self._moved(place, values[:3])
        self.clipped_steps += bool(np.abs(moved - place - values[:3] * self._settings.step_m).max() > CLIPPED)
        self._target = moved, product(turn(values[3:POSE] * self._settings.step_rad), quaternion)
        return *self._command(step.stamp_ns), *gripper_command(self.gripper, self._gripper_place, step)

    def stop(self, stamp_ns: int) -> Commands:
        """The last target once more, which is at most one step away."""
        commands = NONE if self._target is None else self._command(stamp_ns)
        self._target, self.anchored = None, False
        return commands

    def setpoint(self, stamp_ns: int) -> State | None:
        """None: which joints the controller makes of a pose is not known here."""
        return None

    def _moved(self, place: F64, values: F64) -> F64:
        """The next target: as far as the tool's speed allows, and no farther out of the box."""
        way = values * self._settings.step_m
        wanted = place + way * min(1.0, self._farthest / max(float(np.linalg.norm(way)), 1e-9))
        low, high = np.minimum(self._space.low, place), np.maximum(self._space.high, place)
        return np.clip(wanted, low, high)

    def _command(self, stamp_ns: int) -> Commands:
        if self._target is None:
            return NONE
        self._heads(stamp_ns)
        return (ToolPoseCommand(stamp_ns, self._settings.base_frame, *self._target),)


def make(contract: ActionContract) -> ArmEncoder:
    """Raises ConfigError where the arm is unknown or has no box, or an action has not six or seven values."""
    if contract.size not in (POSE, WITH_GRIPPER):
        raise ConfigError(
            f"action.names={list(contract.names)} have {contract.size} values; action.encoder=tool_pose allows: "
            "x, y, z and three turns, and one more for a gripper"
        )
    return ToolPoseEncoder(contract, *load_parts(contract, "tool_pose"))
