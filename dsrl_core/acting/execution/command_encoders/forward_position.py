"""Joint velocities as joint positions of ros2_control's `forward_command_controller`, one message for each step.

For a robot whose driver or controller smooths what it is sent: between two steps nothing does so here.
"""

import numpy as np

from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import State
from dsrl_core.acting.execution.command_encoders.base import (
    NONE,
    ArmEncoder,
    ArmParts,
    Commands,
    gripper_command,
    joint_parts,
    joint_velocities,
)
from dsrl_core.acting.execution.command_encoders.shared import TargetEncoder
from dsrl_core.acting.execution.commands import JointPositionsCommand
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.types import F64


class ForwardPositionEncoder(TargetEncoder):
    """The planner's setpoints, without times; after the last step of all a stop, when it is asked for."""

    def __init__(self, contract: ActionContract, parts: ArmParts) -> None:
        super().__init__(contract, parts.arm)
        self._contract, self._parts = contract, parts
        self.planner = Planner(parts.arm, 1.0 / contract.rate_hz, parts.space)
        self._target: F64 | None = None  # where the joints were sent last; None before the arm was anchored

    @property
    def held_back_s(self) -> float:
        return self.planner.held_back_s if self.anchored else 0.0

    @property
    def clipped_steps(self) -> int:
        return self.planner.clipped_steps

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        self.planner.anchor(positions)
        self.anchored = True
        return self._command(stamp_ns, self.planner.setpoint.positions)

    def encode(self, step: Step) -> Commands:
        self._check_anchored()
        if self._target is not None and self.at_rest(step.stamp_ns):
            self.planner.rest_at(self._target)  # it has stopped there since, as no step followed in time
        wanted = joint_velocities(step.values, self._parts, self._contract.arm, self._contract.rate_hz)
        target = self._command(step.stamp_ns, self.planner.step(wanted).positions)
        return *target, *gripper_command(self.gripper, self._parts.gripper, step)

    def stop(self, stamp_ns: int) -> Commands:
        if not self.anchored:
            return NONE
        self.anchored, rest = False, self.planner.stop()[-1]
        return self._command(stamp_ns, rest.positions, rest.time_s)

    def setpoint(self, stamp_ns: int) -> State | None:
        if self._target is None:
            return None
        still = np.zeros(self.arm.size)
        return self._target, still if self.at_rest(stamp_ns) else self.planner.setpoint.velocities, still

    def _command(self, stamp_ns: int, positions: F64, span_s: float = 0.0) -> Commands:
        self._target = positions
        self._heads(stamp_ns, span_s)
        return (JointPositionsCommand(stamp_ns, self.arm.joints, positions),)


def make(contract: ActionContract) -> ArmEncoder:
    """Raises ConfigError where the contract's arm is unknown, has no box, or its joints are not the action's."""
    return ForwardPositionEncoder(contract, joint_parts(contract, "forward_position"))
