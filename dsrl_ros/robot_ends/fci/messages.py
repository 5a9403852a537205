"""ROS messages of what the driver's processes tell, and the other way round."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from geometry_msgs.msg import WrenchStamped
from sensor_msgs.msg import JointState

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F64
from dsrl_ros.interface.conversion import header, stamp_ns
from dsrl_ros.robot_ends.fci.faults import MODE_NAMES
from dsrl_ros.robot_ends.fci.link import ArmState, Trajectory, Width

NANOSECONDS = 1_000_000_000


def joint_states(joints: Sequence[str], state: ArmState) -> JointState:
    """Measured positions, velocities and torques of the arm: rad, rad/s, Nm."""
    message = JointState(header=header(state.stamp_ns), name=list(joints))
    message.position, message.velocity, message.effort = state.positions, state.velocities, state.torques
    return message


def finger_states(fingers: Sequence[str], width: Width) -> JointState:
    """Positions of both fingers, m: half of the opening each."""
    message = JointState(header=header(width.stamp_ns), name=list(fingers))
    message.position = [width.width / 2] * len(fingers)
    return message


def wrench(state: ArmState, frame: str) -> WrenchStamped:
    """External force and moment at the hand, in the frame of the arm's base."""
    message = WrenchStamped(header=header(state.stamp_ns))
    message.header.frame_id = frame
    force, torque = message.wrench.force, message.wrench.torque
    force.x, force.y, force.z, torque.x, torque.y, torque.z = state.wrench
    return message


def status(name: str, fault: str, mode: int, values: Mapping[str, Any]) -> DiagnosticStatus:
    """How the arm is: OK, or ERROR with the fault; libfranka's mode by number and name, and figures."""
    level = DiagnosticStatus.ERROR if fault else DiagnosticStatus.OK
    message = DiagnosticStatus(level=level, name="franka", hardware_id=name, message=fault or "ready")
    figures = {"robot_mode": mode, "robot_mode_name": MODE_NAMES[mode], **values}
    message.values = [KeyValue(key=key, value=str(value)) for key, value in figures.items()]
    return message


def trajectory_of(message: Any, joints: Sequence[str]) -> Trajectory:
    """The knots of a `trajectory_msgs/JointTrajectory`, in the order of `joints`.

    Raises:
        InvalidRequest: joints are missing, foreign or named twice; a point lacks positions or velocities.
    """
    names = list(message.joint_names)
    if sorted(names) != sorted(joints):
        raise InvalidRequest(f"joint_names={names}; expected {list(joints)} in any order")
    if not message.points:
        raise InvalidRequest("points are empty; expected one knot or more")
    order = [names.index(joint) for joint in joints]
    times = [point.time_from_start.sec + point.time_from_start.nanosec / NANOSECONDS for point in message.points]
    return Trajectory(
        stamp_ns(message.header.stamp),
        np.array(times),
        _rows(message.points, "positions", order),
        _rows(message.points, "velocities", order),
        _rows(message.points, "accelerations", order) if any(len(p.accelerations) for p in message.points) else 0.0,
    )


def _rows(points: Sequence[Any], field: str, order: Sequence[int]) -> F64:
    rows = [getattr(point, field) for point in points]
    for number, row in enumerate(rows):
        if len(row) != len(order):
            raise InvalidRequest(f"points[{number}].{field} has {len(row)} values; expected {len(order)}")
    return np.array([[row[index] for index in order] for row in rows], np.float64)
