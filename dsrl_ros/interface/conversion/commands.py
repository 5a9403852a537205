"""Conversion of an arm's commands to the messages of its controllers."""

from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import Bool, Float64MultiArray, MultiArrayDimension, MultiArrayLayout
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from dsrl_core.acting.execution.commands import (
    Command,
    GripperCommand,
    JointPositionsCommand,
    JointTrajectoryCommand,
    ToolPoseCommand,
)
from dsrl_core.types import F64
from dsrl_ros.interface.conversion.arrays import filled
from dsrl_ros.interface.conversion.stamps import SECOND_NS, header

MESSAGE_TYPES: dict[type, type] = {
    JointTrajectoryCommand: JointTrajectory,
    JointPositionsCommand: Float64MultiArray,
    ToolPoseCommand: PoseStamped,
    GripperCommand: Bool,
}


def command_message(command: Command) -> Any:
    """The message of a command, of the type that `MESSAGE_TYPES` gives.

    Raises:
        TypeError: commands of this type are no messages of a controller.
    """
    match command:
        case JointTrajectoryCommand():
            return trajectory_message(command)
        case JointPositionsCommand():
            return positions_message(command)
        case ToolPoseCommand():
            return tool_pose_message(command)
        case GripperCommand():
            return Bool(data=command.closed)
    raise TypeError(f"{type(command).__name__}: expected one of {', '.join(kind.__name__ for kind in MESSAGE_TYPES)}")


def trajectory_message(command: JointTrajectoryCommand) -> JointTrajectory:
    """Knots with accelerations 0, so that a joint_trajectory_controller joins them by quintics."""
    still = filled(np.zeros(len(command.names)))
    points = [
        JointTrajectoryPoint(
            positions=filled(positions),
            velocities=filled(velocities),
            accelerations=still,
            time_from_start=duration_message(round(SECOND_NS * time_s)),
        )
        for time_s, positions, velocities in zip(command.times_s, command.positions, command.velocities, strict=True)
    ]
    return JointTrajectory(header=header(command.stamp_ns), joint_names=list(command.names), points=points)


def positions_message(command: JointPositionsCommand) -> Float64MultiArray:
    """Positions in the order of the joints, which the layout's label names: the message itself has no names."""
    names = MultiArrayDimension(label=",".join(command.names), size=len(command.names), stride=len(command.names))
    return Float64MultiArray(layout=MultiArrayLayout(dim=[names]), data=filled(command.positions))


def tool_pose_message(command: ToolPoseCommand) -> PoseStamped:
    message = PoseStamped(header=header(command.stamp_ns, command.frame))
    place, quaternion = _floats(command.place), _floats(command.quaternion)
    for axis, value in zip("xyz", place, strict=True):
        setattr(message.pose.position, axis, value)
    for axis, value in zip("xyzw", quaternion, strict=True):
        setattr(message.pose.orientation, axis, value)
    return message


def duration_message(span_ns: int) -> Duration:
    """A span of 0 ns or more."""
    sec, nanosec = divmod(span_ns, SECOND_NS)
    return Duration(sec=sec, nanosec=nanosec)


def _floats(values: F64) -> list[float]:
    return [float(value) for value in values]
