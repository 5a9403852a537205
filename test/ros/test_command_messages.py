"""An arm's commands as messages of its controllers."""

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import Bool, Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.commands import (
    GripperCommand,
    JointPositionsCommand,
    JointTrajectoryCommand,
    ToolPoseCommand,
)
from dsrl_core.acting.execution.step import Step
from dsrl_ros.interface.conversion import MESSAGE_TYPES, command_message, stamp_ns
from dsrl_ros.interface.robot_end import besides

STAMP_NS = 1_700_000_000_123_456_789
NAMES = ("a", "b")


def test_a_trajectory_has_times_from_its_stamp_and_accelerations():
    positions, velocities = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, -0.5], [0.0, 0.0]])
    command = JointTrajectoryCommand(STAMP_NS, NAMES, np.array([0.1, 1.25]), positions, velocities, 2 * velocities)
    message = command_message(command)
    assert isinstance(message, JointTrajectory)
    assert stamp_ns(message.header.stamp) == STAMP_NS
    assert message.joint_names == ["a", "b"]
    times = [(point.time_from_start.sec, point.time_from_start.nanosec) for point in message.points]
    assert times == [(0, 100_000_000), (1, 250_000_000)]
    assert [list(point.positions) for point in message.points] == positions.tolist()
    assert [list(point.velocities) for point in message.points] == velocities.tolist()
    assert [list(point.accelerations) for point in message.points] == [[1.0, -1.0], [0.0, 0.0]]


def test_positions_stand_in_the_order_of_the_joints():
    message = command_message(JointPositionsCommand(STAMP_NS, NAMES, np.array([0.25, -1.0])))
    assert isinstance(message, Float64MultiArray)
    assert list(message.data) == [0.25, -1.0]
    assert message.layout.dim[0].label == "a,b"


def test_a_tools_pose_has_frame_place_and_orientation():
    place, quaternion = np.array([0.1, 0.2, 0.3]), np.array([0.0, 0.6, 0.0, 0.8])
    message = command_message(ToolPoseCommand(STAMP_NS, "base", place, quaternion))
    assert isinstance(message, PoseStamped)
    assert (message.header.frame_id, stamp_ns(message.header.stamp)) == ("base", STAMP_NS)
    at, turned = message.pose.position, message.pose.orientation
    assert [at.x, at.y, at.z, turned.x, turned.y, turned.z, turned.w] == [*place, *quaternion]


def test_a_gripper_closes_on_true():
    assert command_message(GripperCommand(STAMP_NS, closed=True)) == Bool(data=True)


def test_every_command_has_a_message_and_nothing_else_has():
    assert set(MESSAGE_TYPES.values()) == {JointTrajectory, Float64MultiArray, PoseStamped, Bool}
    with pytest.raises(TypeError, match="Step: expected one of JointTrajectoryCommand"):
        command_message(Step(0, 0, 0, np.zeros(1, np.float32), False))


def test_a_sender_besides_the_own_one_is_one_of_another_node_or_of_the_same_name():
    assert besides("/robot0/executor", ["/robot0/executor"]) == []
    assert besides("/robot0/executor", ["/robot0/executor", "/teleop"]) == ["/teleop"]
    assert besides("/robot0/executor", ["/robot0/executor", "/robot0/executor"]) == ["/robot0/executor"]
    assert besides("/robot0/executor", ["/_NODE_NAME_UNKNOWN_"]) == [], "only half discovered"
