"""Joint velocities as joint positions of ros2_control's `forward_command_controller`, one message for each step.

For a robot whose driver or controller smooths what it is sent: between two steps nothing does so here.
"""

from dsrl_core.acting.execution.arm.gripper import GripperEdges
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.command_encoders.base import (
    NONE,
    ArmParts,
    Commands,
    gripper_command,
    joint_parts,
    joint_velocities,
)
from dsrl_core.acting.execution.commands import JointPositionsCommand
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.types import F64


class ForwardPositionEncoder:
    """The planner's setpoints, without times; after the last step of all a stop, when it is asked for."""

    def __init__(self, contract: ActionContract, parts: ArmParts) -> None:
        self._contract, self._parts = contract, parts
        self.planner = Planner(parts.arm, 1.0 / contract.rate_hz, parts.space)
        self.gripper = GripperEdges(contract.arm.gripper_dwell_s)
        self._anchored = False

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        self.planner.anchor(positions)
        self._anchored = True
        return self._command(stamp_ns, self.planner.setpoint.positions)

    def encode(self, step: Step) -> Commands:
        if not self._anchored:
            raise RuntimeError("a step of an arm that was not anchored since it was stopped; anchor it at rest")
        wanted = joint_velocities(step.values, self._parts, self._contract.arm, self._contract.rate_hz)
        setpoint = self.planner.step(wanted)
        target = self._command(step.stamp_ns, setpoint.positions)
        return *target, *gripper_command(self.gripper, self._parts.gripper, step)

    def repeat(self, stamp_ns: int) -> Commands:
        """Nothing: without a step the arm stays at its last target."""
        return NONE

    def stop(self, stamp_ns: int) -> Commands:
        if not self._anchored:
            return NONE
        self._anchored = False
        return self._command(stamp_ns, self.planner.stop().positions)

    def _command(self, stamp_ns: int, positions: F64) -> Commands:
        return (JointPositionsCommand(stamp_ns, self._parts.arm.joints, positions),)


def make(contract: ActionContract) -> ForwardPositionEncoder:
    """Raises ConfigError where the contract's arm is unknown, has no box, or its joints are not the action's."""
    return ForwardPositionEncoder(contract, joint_parts(contract, "forward_position"))
