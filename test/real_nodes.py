"""Real nodes of a small run in this process. They are not spun: tests hand messages to their callbacks, as rclpy does.

Messages are serialised and read again on the way, so that they are what arrives over a wire.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rclpy
from builders import open_run_of
from rclpy.serialization import deserialize_message, serialize_message

from dsrl_core.run.folder import RunFolder
from dsrl_ros.nodes.graph_node import GraphNode

SMALL = (
    'policy.kind="null"',
    "schedule.episodes=4",
    "schedule.start_episodes=1",
    "schedule.first_steps=300",
    "schedule.eval_episodes=1",
    "schedule.baselines=[repeated]",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.batch_size=16",
    "sac.utd=1",
)
CLASSES = {
    "camera": "dsrl_ros.nodes.camera_node:CameraNode",
    "proprioception": "dsrl_ros.nodes.proprioception_node:ProprioceptionNode",
    "reward": "dsrl_ros.nodes.reward_node:RewardNode",
    "steering": "dsrl_ros.nodes.steering_node:SteeringNode",
    "operator": "dsrl_ros.nodes.operator_node:OperatorNode",
    "keys": "dsrl_ros.nodes.operator_node:KeysNode",
    "executor": "dsrl_ros.nodes.executor_node:ExecutorNode",
    "learner": "dsrl_ros.nodes.learner_node:LearnerNode",
    "sim_bridge": "sim_bridge.nodes.bridge_node:SimBridgeNode",
}
OF_AN_ARM = {"arm_executor": "dsrl_ros.nodes.arm_executor_node:ArmExecutorNode"}


@contextmanager
def real_node(
    executable: str, folder: Path, *settings: str, platform: str = "reach"
) -> Iterator[tuple[Any, RunFolder]]:
    """A node of a fresh run in `folder`, and the run's folder; what it publishes is kept, see `published`."""
    opened = open_run_of(platform, 0, [*SMALL, *settings], folder)
    camera = next(iter(opened.config.platform.observation.cameras), "")
    parameters = {"config": str(opened.folder.config), "robot": "robot0", "camera": camera}
    given = [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]
    rclpy.init(args=["--ros-args", "-r", "__ns:=/robot0", *given])
    module, name = {**CLASSES, **OF_AN_ARM}[executable].split(":")
    node: GraphNode | None = None
    try:
        node = getattr(importlib.import_module(module), name)()
        yield node, opened.folder
    finally:
        if node is not None:
            node.on_shutdown()
            node.destroy_node()
        rclpy.try_shutdown()


class Published:
    """What a node publishes, by topic, relative to its namespace."""

    def __init__(self, node: Any) -> None:
        self.messages: dict[str, list[Any]] = {}
        for publisher in node.publishers:
            topic = publisher.topic_name.removeprefix("/robot0/")
            self.messages[topic] = []
            publisher.publish = self.messages[topic].append


def subscriptions(node: Any) -> dict[str, Any]:
    """The node's subscriptions by topic, relative to its namespace."""
    return {each.topic_name.removeprefix("/robot0/"): each for each in node.subscriptions}


def deliver(subscription: Any, message: Any) -> None:
    """Hand a message to a subscription's callback, as it arrives over a wire."""
    data = serialize_message(message)
    subscription.callback(data if subscription.raw else deserialize_message(data, subscription.msg_type))
