"""Changes of the tool's pose as its target pose, as the Cartesian controllers of crisp_controllers take it.

The action's first six values are x, y, z, turns about x, y, z of the base's frame; a seventh closes the gripper.
"""

import numpy as np

from dsrl_core.acting.execution.arm.gripper import GripperEdges
from dsrl_core.acting.execution.arm.kinematics import tool_pose
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.orientation import product, quaternion_of, turn
from dsrl_core.acting.execution.command_encoders.base import NONE, Commands, gripper_command, load_parts
from dsrl_core.acting.execution.commands import ToolPoseCommand
from dsrl_core.acting.execution.rails.workspace import Workspace
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.errors import ConfigError
from dsrl_core.types import F64

POSE, WITH_GRIPPER = 6, 7


class ToolPoseEncoder:
    """Adds changes to the last target, within the box and the tool's speed; the controller smooths them."""

    def __init__(self, contract: ActionContract, arm: ArmModel, space: Workspace) -> None:
        self._settings, self._arm, self._space = contract.arm, arm, space
        self._farthest = space.speed / contract.rate_hz
        self._gripper_place = POSE if contract.size == WITH_GRIPPER else None
        self.gripper = GripperEdges(contract.arm.gripper_dwell_s)
        self._target: tuple[F64, F64] | None = None  # place and quaternion; None: not anchored

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        place, rotation = tool_pose(self._arm, np.asarray(positions, np.float64))
        self._target = place, quaternion_of(rotation)
        return self._command(stamp_ns)

    def encode(self, step: Step) -> Commands:
        if self._target is None:
            raise RuntimeError("a step of an arm that was not anchored since it was stopped; anchor it at rest")
        place, quaternion = self._target
        values = np.asarray(step.values, np.float64)
        self._target = (
            self._moved(place, values[:3]),
            product(turn(values[3:POSE] * self._settings.step_rad), quaternion),
        )
        return *self._command(step.stamp_ns), *gripper_command(self.gripper, self._gripper_place, step)

    def repeat(self, stamp_ns: int) -> Commands:
        """Nothing: without a step the tool stays at its last target."""
        return NONE

    def stop(self, stamp_ns: int) -> Commands:
        """The last target once more, which is at most one step away."""
        commands = NONE if self._target is None else self._command(stamp_ns)
        self._target = None
        return commands

    def _moved(self, place: F64, values: F64) -> F64:
        """The next target: as far as the tool's speed allows, and no farther out of the box."""
        way = values * self._settings.step_m
        wanted = place + way * min(1.0, self._farthest / max(float(np.linalg.norm(way)), 1e-9))
        low, high = np.minimum(self._space.low, place), np.maximum(self._space.high, place)
        return np.clip(wanted, low, high)

    def _command(self, stamp_ns: int) -> Commands:
        if self._target is None:
            return NONE
        return (ToolPoseCommand(stamp_ns, self._settings.base_frame, *self._target),)


def make(contract: ActionContract) -> ToolPoseEncoder:
    """Raises ConfigError where the arm is unknown or has no box, or an action has not six or seven values."""
    if contract.size not in (POSE, WITH_GRIPPER):
        raise ConfigError(
            f"action.names={list(contract.names)} have {contract.size} values; action.encoder=tool_pose allows: "
            "x, y, z and three turns, and one more for a gripper"
        )
    return ToolPoseEncoder(contract, *load_parts(contract, "tool_pose"))
