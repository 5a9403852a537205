"""The plain topics of a robot end with rclpy's quality of service; `PORTS` has their names."""

from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile

from dsrl_core.acting.execution.commands import (
    GripperCommand,
    JointPositionsCommand,
    JointTrajectoryCommand,
    ToolPoseCommand,
)
from dsrl_core.acting.execution.robot_end.interface import CLOSE, TRAJECTORY, Port, Quality
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import MESSAGE_TYPES

TOPICS = {  # where each command goes, by its type
    JointTrajectoryCommand: TRAJECTORY.name,
    JointPositionsCommand: "/forward_position_controller/commands",
    ToolPoseCommand: "/target_pose",  # as crisp_controllers have it
    GripperCommand: CLOSE.name,
}


def command_publishers(node: Node) -> dict[type, Publisher]:
    """Type of a command -> where it is published."""
    quality = topics.reliable()
    return {kind: node.create_publisher(MESSAGE_TYPES[kind], topic, quality) for kind, topic in TOPICS.items()}


def quality_of(port: Port) -> QoSProfile:
    """The quality of service of a topic of the robot end."""
    return {
        Quality.RELIABLE: topics.reliable,
        Quality.TEN: lambda: topics.reliable(10),
        Quality.SENSOR: lambda: topics.best_effort(10),
        Quality.LATCHED: topics.latched,
    }[port.quality]()
