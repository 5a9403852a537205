"""Forwards topics as they are, serialised, to whoever looks on with Foxglove; subscribes only while somebody does."""

from collections.abc import Callable
from importlib import import_module
from queue import SimpleQueue
from typing import Any

import foxglove
from foxglove.websocket import ServerListener
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from dsrl_core.errors import ConfigError
from dsrl_core.record.bag_types import typestore
from dsrl_ros.interface import topics

HOST = "127.0.0.1"
BACKLOG = 64  # messages that wait for one who looks on slowly; older ones are dropped
HIDDEN = ("episode", "actor_params", "steering_alive", "parameter_events")  # of no use to people, large, or both
IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")


class _Asked(ServerListener):
    """Hears, in a thread of the server, which topics somebody begins to look at."""

    def __init__(self) -> None:
        self.topics: SimpleQueue[str] = SimpleQueue()

    def on_subscribe(self, client: Any, channel: Any) -> None:
        self.topics.put(channel.topic)


class Bridge:
    """`look` is to be called a few times a second; it finds topics, and subscribes to those that are looked at."""

    def __init__(self, node: Node, name: str, port: int) -> None:
        """Serve on loopback; raises ConfigError where the port cannot be had. Port 0 takes a free one."""
        self._node, self._asked = node, _Asked()
        self._channels: dict[str, tuple[foxglove.Channel, Any]] = {}  # topic -> channel and type of its messages
        self._heard: dict[str, Subscription] = {}
        self._unknown: set[str] = set()  # types whose definition is not known
        try:
            self._server = foxglove.start_server(
                name=name, host=HOST, port=port, server_listener=self._asked, message_backlog_size=BACKLOG
            )
        except Exception as error:  # of a compiled library, which documents none
            raise ConfigError(f"log.foxglove_port={port} cannot be served: {error}; take another one") from error

    @property
    def address(self) -> str:
        return f"ws://{HOST}:{self._server.port}"

    def look(self) -> None:
        """Find new topics; subscribe to those that somebody looks at now, and let go of the others."""
        for topic, kinds in self._node.get_topic_names_and_types():
            if topic not in self._channels and topic.rpartition("/")[2] not in HIDDEN:
                self._advertise(topic, kinds[0])
        while not self._asked.topics.empty():
            self._let_go(self._asked.topics.get())  # heard anew: a latched message is for who came now, too
        for topic, (channel, kind) in self._channels.items():
            if not channel.has_sinks():
                self._let_go(topic)
            elif topic not in self._heard and self._node.count_publishers(topic):  # which say how it is offered
                self._heard[topic] = self._hear(topic, channel, kind)

    def close(self) -> None:
        self._server.stop()

    def _advertise(self, topic: str, kind: str) -> None:
        package, _, name = kind.split("/")
        try:
            definition, _ = typestore().generate_msgdef(kind, ros_version=2)
            message = getattr(import_module(f"{package}.msg"), name)
        except Exception as error:  # a driver's own type, of a package that is not here
            if kind not in self._unknown:
                self._unknown.add(kind)
                self._node.get_logger().warning(f"{topic} is not shown: {kind} is not known here ({error})")
            return
        schema = foxglove.Schema(name=kind, encoding="ros2msg", data=definition.encode())
        self._channels[topic] = foxglove.Channel(topic, schema=schema, message_encoding="cdr"), message

    def _hear(self, topic: str, channel: foxglove.Channel, kind: Any) -> Subscription:
        def forward(message: bytes) -> None:  # rclpy looks at the signature, which that of a compiled method lacks
            channel.log(message)

        return self._node.create_subscription(kind, topic, forward, self._quality(topic), raw=True)

    def _let_go(self, topic: str) -> None:
        subscription = self._heard.pop(topic, None)
        if subscription is not None:
            self._node.destroy_subscription(subscription)

    def _quality(self, topic: str) -> QoSProfile:
        """As it is offered, but images best effort: nobody sends them again for one who looks on."""
        offers = self._node.get_publishers_info_by_topic(topic)
        if any(offer.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for offer in offers):
            return topics.latched()
        best_effort = any(offer.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT for offer in offers)
        images = any(offer.topic_type in IMAGES for offer in offers)
        quality: Callable[[int], QoSProfile] = topics.best_effort if best_effort or images else topics.reliable
        return quality(1 if images else 10)
