"""The plain topics of a robot end with rclpy's quality of service; `PORTS` has their names."""

from collections.abc import Mapping

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

UNKNOWN = "UNKNOWN"  # in the name of a node that is only half discovered
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


def other_senders(node: Node, publishers: Mapping[type, Publisher]) -> str:
    """Names of the nodes that publish commands of motion besides `node`, which owns `publishers`; empty if none do.

    One that is only half discovered has no name yet: it is named a moment later.
    """
    others = set()
    for topic in {each.topic_name for kind, each in publishers.items() if kind is not GripperCommand}:
        if node.count_publishers(topic) > 1:
            found = node.get_publishers_info_by_topic(topic)
            names = [f"{end.node_namespace.rstrip('/')}/{end.node_name}" for end in found]
            others |= {f"{name} on {topic}" for name in besides(node.get_fully_qualified_name(), names)}
    return ", ".join(sorted(others))


def besides(own: str, names: list[str]) -> list[str]:
    """The names without the unknown ones, and without `own` once: a second node may have the same name."""
    known = [name for name in names if UNKNOWN not in name]
    if own in known:
        known.remove(own)
    return known


def quality_of(port: Port) -> QoSProfile:
    """The quality of service of a topic of the robot end."""
    return {
        Quality.RELIABLE: topics.reliable(),
        Quality.TEN: topics.reliable(10),
        Quality.SENSOR: topics.best_effort(10),
        Quality.LATCHED: topics.latched(),
    }[port.quality]
