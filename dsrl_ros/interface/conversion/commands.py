"""Conversion of an arm's commands to the messages of its controllers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import Bool, Float64MultiArray, MultiArrayDimension, MultiArrayLayout
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.acting.execution.commands import (
    Command,
    GripperCommand,
    JointPositionsCommand,
    JointTrajectoryCommand,
    ToolPoseCommand,
)
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F64
from dsrl_ros.interface.conversion.arrays import filled, finite_doubles
from dsrl_ros.interface.conversion.stamps import SECOND_NS, header, stamp_ns

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
    """Knots with accelerations, so that a joint_trajectory_controller joins them by quintics."""
    knots = zip(command.times_s, command.positions, command.velocities, command.accelerations, strict=True)
    points = [
        JointTrajectoryPoint(
            positions=filled(positions),
            velocities=filled(velocities),
            accelerations=filled(accelerations),
            time_from_start=duration_message(round(SECOND_NS * time_s)),
        )
        for time_s, positions, velocities, accelerations in knots
    ]
    return JointTrajectory(header=header(command.stamp_ns), joint_names=list(command.names), points=points)


def knots_of(message: JointTrajectory, joints: Sequence[str], origin_ns: int) -> list[Knot]:
    """The knots of a trajectory, for whoever follows it.

    Args:
        message: with an absolute stamp.
        joints: the n joints, in the order in which positions are wanted.
        origin_ns: stamp from which the times of the knots count.
    Raises:
        InvalidRequest: a joint is missing or unknown, a point lacks values or has one that is not finite, times do not
            rise, or it does not end at rest.
    """
    if sorted(message.joint_names) != sorted(joints) or not message.points:
        raise InvalidRequest(f"JointTrajectory: expected points of {list(joints)}, got those of {message.joint_names}")
    order = [message.joint_names.index(name) for name in joints]
    start_s = 1e-9 * (stamp_ns(message.header.stamp) - origin_ns)
    knots = [_knot(point, order, start_s, number) for number, point in enumerate(message.points)]
    times = [knot.time_s for knot in knots]
    if any(after <= before for before, after in pairwise(times)) or knots[-1].velocities.any():
        raise InvalidRequest(f"JointTrajectory: expected rising times and rest at the last point, got {times}")
    return knots


def _knot(point: JointTrajectoryPoint, order: list[int], start_s: float, number: int) -> Knot:
    where, size = f"JointTrajectory.points[{number}]", len(order)
    if len(point.positions) != size or len(point.velocities) != size or len(point.accelerations) not in (0, size):
        raise InvalidRequest(f"{where}: expected {size} positions and velocities, and as many accelerations or none")
    positions, velocities, accelerations = (
        finite_doubles(np.array(values, np.float64)[order], f"{where}.{name}")
        for name, values in (
            ("positions", point.positions),
            ("velocities", point.velocities),
            ("accelerations", point.accelerations or np.zeros(size)),
        )
    )
    since_s = point.time_from_start.sec + 1e-9 * point.time_from_start.nanosec
    return Knot(start_s + since_s, positions, velocities, accelerations)


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
