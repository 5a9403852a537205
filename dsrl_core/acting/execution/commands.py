"""What command encoders make of a step, for nodes to publish: one type of command for one type of message."""

from dataclasses import dataclass

from dsrl_core.acting.execution.step import Step
from dsrl_core.types import F64


@dataclass(frozen=True, slots=True, eq=False)
class JointTrajectoryCommand:
    """Knots of a joint trajectory, for a controller that joins them by quintics."""

    stamp_ns: int  # from which the times count, by the clock of the controller
    names: tuple[str, ...]  # [n]
    times_s: F64  # [k], rising, above 0
    positions: F64  # [k, n], rad
    velocities: F64  # [k, n], rad/s; 0 at the last knot
    accelerations: F64  # [k, n], rad/s^2; other than 0 only within the stop


@dataclass(frozen=True, slots=True, eq=False)
class JointPositionsCommand:
    """One target for a controller that forwards positions to the joints."""

    stamp_ns: int
    names: tuple[str, ...]  # [n]
    positions: F64  # [n], rad


@dataclass(frozen=True, slots=True, eq=False)
class ToolPoseCommand:
    """One target of the tool in the frame of the arm's base, for a Cartesian controller."""

    stamp_ns: int
    frame: str
    place: F64  # [3], m
    quaternion: F64  # [4], x, y, z, w


@dataclass(frozen=True, slots=True)
class GripperCommand:
    """The gripper shall close or open; given once, when that changes."""

    stamp_ns: int
    closed: bool


Command = Step | JointTrajectoryCommand | JointPositionsCommand | ToolPoseCommand | GripperCommand
