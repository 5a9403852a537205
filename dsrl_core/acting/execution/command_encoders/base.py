"""What command encoders have in common, and what those of an arm take from the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dsrl_core.acting.execution.arm.gripper import GripperEdges
from dsrl_core.acting.execution.arm.model import ArmModel, load_arm
from dsrl_core.acting.execution.arm.quintic import State
from dsrl_core.acting.execution.commands import Command, GripperCommand
from dsrl_core.acting.execution.rails.workspace import Workspace, workspace
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract, ArmContract
from dsrl_core.errors import ConfigError
from dsrl_core.types import F32, F64

Commands = Sequence[Command]
NONE: tuple[Command, ...] = ()


class ArmEncoder(Protocol):
    """An encoder that commands an arm. All stamps are of one clock, the controller's, in ns."""

    homes: bool  # whether it can move the arm home
    commands_joints: bool  # whether actions are joints', else the tool's
    anchored: bool  # whether steps may be encoded
    arm: ArmModel

    @property
    def held_back_s(self) -> float:
        """For how long the workspace has kept the arm at rest that wanted to move; 0 where it was stopped."""

    @property
    def clipped_steps(self) -> int:
        """Steps that were not commanded as they were wanted, as a motion rail changed them."""

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        """Begin at rest at the measured positions f64[n], rad, in the order of the arm's joints: when it is armed."""

    def encode(self, step: Step) -> Commands:
        """The commands of a step. Raises RuntimeError if the arm was not anchored since it was stopped."""

    def repeat(self, stamp_ns: int) -> Commands:
        """What is to be sent while no step is due; for each of the joint states, most of which give nothing."""

    def stop(self, stamp_ns: int) -> Commands:
        """Come to rest as soon as can be; afterwards the arm has to be anchored again."""

    def home(self, stamp_ns: int) -> Commands:
        """Move home from where the arm was anchored, at the speed of a reset."""

    def open(self, stamp_ns: int) -> Commands:
        """Open the gripper."""

    def setpoint(self, stamp_ns: int) -> State | None:
        """Positions, velocities, accelerations that the joints are commanded at a stamp, each f64[n].

        None where they are not known: before the arm was anchored, and where the tool is commanded.
        """

    def at_rest(self, stamp_ns: int) -> bool:
        """Whether nothing is commanded that moves, at a stamp."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmParts:
    """An arm as a contract has it."""

    arm: ArmModel
    space: Workspace
    joints: tuple[int, ...]  # places of the arm's joints in an action
    gripper: int | None  # place of the gripper's value


def load_parts(contract: ActionContract, encoder: str) -> tuple[ArmModel, Workspace]:
    """The arm and its workspace.

    Raises:
        ConfigError: no arm is named, or its box is not one; `encoder` is who asks.
    """
    settings = contract.arm
    if not settings.model:
        raise ConfigError(
            f"action.arm.model is empty; action.encoder={encoder} needs the name of an arm of config/arms"
        )
    arm, low, high = load_arm(settings.model), settings.box_low, settings.box_high
    if len(low) != 3 or len(high) != 3 or not all(a < b for a, b in zip(low, high, strict=True)):
        raise ConfigError(
            f"action.arm.box_low={list(low)}, box_high={list(high)} are no box; allowed: x, y, z of two corners, m"
        )
    return arm, workspace(np.array(low), np.array(high), settings.table_height, settings.tool_speed)


def joint_parts(contract: ActionContract, encoder: str) -> ArmParts:
    """The same with the places of joints and gripper in an action, for encoders that command joints.

    Raises:
        ConfigError: as `load_parts`; or the action lacks a joint of the arm, or has more than one other value.
    """
    arm, space = load_parts(contract, encoder)
    missing = [name for name in arm.joints if name not in contract.names]
    others = [name for name in contract.names if name not in arm.joints]
    if missing or len(others) > 1:
        raise ConfigError(
            f"action.names={list(contract.names)} do not fit the arm {arm.name}; "
            f"allowed: {', '.join(arm.joints)}, and one name for a gripper"
        )
    joints = tuple(contract.names.index(name) for name in arm.joints)
    return ArmParts(arm, space, joints, contract.names.index(others[0]) if others else None)


def joint_velocities(values: F32, parts: ArmParts, settings: ArmContract, rate_hz: float) -> F64:
    """What an action f64[a] wants of the joints, f64[n], rad/s: 1 is `step_rad` per step, times `velocity_scale`."""
    return np.asarray(values, np.float64)[list(parts.joints)] * settings.step_rad * rate_hz * settings.velocity_scale


def opened(edges: GripperEdges, stamp_ns: int) -> Commands:
    """The command that opens the gripper, whatever steps wanted of it."""
    edges.know(closed=False)
    return (GripperCommand(stamp_ns, closed=False),)


def gripper_command(edges: GripperEdges, place: int | None, step: Step) -> Commands:
    """The gripper's command where the step changes it."""
    closed = None if place is None else edges.edge(float(step.values[place]), 1e-9 * step.stamp_ns)
    return NONE if closed is None else (GripperCommand(step.stamp_ns, closed),)
