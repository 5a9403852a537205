"""A node that listens to a robot's drivers and collects facts. It publishes nothing and calls no service."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import monotonic, time_ns
from typing import Any

from rclpy.context import Context
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from rclpy.utilities import get_rmw_implementation_identifier
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Bool, String, UInt8

from dsrl_core.acting.execution.robot_end.interface import ACTIVE, MODE, TRAJECTORY
from dsrl_core.config.platform import Platform
from dsrl_core.errors import InvalidRequest
from dsrl_core.robot_check.facts import CameraFacts, CommandFacts, JointFacts, NetworkFacts
from dsrl_core.robot_check.limits import DESCRIPTION
from dsrl_core.robot_check.network import LIMITING
from dsrl_core.robot_check.recorders import CameraRecorder, JointRecorder, Picture, Topic
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import serialised_stamp_ns, stamp_ns
from dsrl_ros.interface.cv import guess, rgb_image
from dsrl_ros.interface.robot_end import UNKNOWN

JOINTS, IMAGE = "sensor_msgs/msg/JointState", "sensor_msgs/msg/Image"
QUEUE = 200  # joint states that wait while images are read
LOOK_S = 0.5  # between two images that are converted
TOLD = {MODE.name: UInt8, ACTIVE.name: Bool, DESCRIPTION: String}  # what a robot tells once, to whoever comes
STAMP_BYTES = 12  # of a serialised message, up to the end of its stamp


class RobotListener(Node):
    """Subscribes to what the contract names, as the graph's nodes do, and to what a robot tells of itself."""

    def __init__(self, platform: Platform, context: Context) -> None:
        super().__init__(
            "robot_check",
            namespace="/robot0",
            context=context,
            start_parameter_services=False,
            enable_rosout=False,
        )
        self._cameras = {name: CameraRecorder() for name in platform.observation.cameras}
        self._looks = {name: _Looks() for name in platform.observation.cameras}
        self._joints = {topic: JointRecorder(wanted) for topic, wanted in joint_topics(platform).items()}
        self._images = {name: camera.topic for name, camera in platform.observation.cameras.items()}
        self._commands = TRAJECTORY.name if platform.action.encoder.startswith("joint_trajectory") else ""
        self._told: dict[str, Any] = {}  # topic -> the last value that the robot told
        for topic in self._joints:
            self._listen(JointState, topic, partial(self._on_joints, topic), QUEUE)
        for name, topic in self._images.items():
            self._listen(Image, topic, partial(self._on_image, name), 2, raw=True)
        for topic, kind in TOLD.items():
            self.create_subscription(kind, topic, partial(self._on_told, topic), topics.latched(), **topics.unwatched())

    def _listen(self, kind: Any, topic: str, heard: Callable[..., None], depth: int, raw: bool = False) -> None:
        self.create_subscription(kind, topic, heard, topics.best_effort(depth), raw=raw, **topics.unwatched())

    def begin(self) -> None:
        """Forget what came so far: while drivers are found, messages come in heaps."""
        self._cameras = {name: CameraRecorder() for name in self._cameras}
        self._joints = {topic: JointRecorder(recorder.wanted) for topic, recorder in self._joints.items()}

    def found(self) -> bool:
        """Whether somebody publishes each topic of the contract, by name, and what the robot tells has come.

        Under load a publisher is known for seconds before its node's name is, and before what it told once arrives.
        """
        infos = [self.get_publishers_info_by_topic(self._full(topic)) for topic in self._wanted()]
        named = all(found and not any(UNKNOWN in info.node_name for info in found) for found in infos)
        return named and all(topic in self._told for topic in TOLD if self.get_publishers_info_by_topic(topic))

    def joint_facts(self) -> tuple[JointFacts, ...]:
        return tuple(recorder.facts(self._topic(topic, JOINTS)) for topic, recorder in self._joints.items())

    def camera_facts(self) -> dict[str, CameraFacts]:
        return {
            name: recorder.facts(self._topic(self._images[name], IMAGE), guess)
            for name, recorder in self._cameras.items()
        }

    def command_facts(self) -> CommandFacts:
        told = (self._told.get(MODE.name), self._told.get(ACTIVE.name))
        if not self._commands:
            return CommandFacts("", (), (), *told)
        listeners = _names(self.get_subscriptions_info_by_topic(self._commands))
        publishers = _names(self.get_publishers_info_by_topic(self._commands))
        return CommandFacts(self._commands, listeners, publishers, *told)

    def network_facts(self, environ: Mapping[str, str]) -> NetworkFacts:
        me = (self.get_name(), self.get_namespace())
        pairs = self.get_node_names_and_namespaces()
        nodes = tuple(f"{space.rstrip('/')}/{name}" for name, space in pairs if (name, space) != me)
        limits = [f"{name}={value}" for name, local in LIMITING.items() if (value := environ.get(name, "")) in local]
        domain = environ.get("ROS_DOMAIN_ID") or "0"
        return NetworkFacts(get_rmw_implementation_identifier(), domain, nodes, next(iter(limits), ""))

    def description(self) -> str | None:
        """The URDF that the robot serves."""
        return self._told.get(DESCRIPTION)

    def _on_joints(self, topic: str, message: JointState, info: Mapping[str, Any]) -> None:
        fields = {"position": message.position, "velocity": message.velocity, "effort": message.effort}
        self._joints[topic].add(_stamp(message), _received(info), message.name, fields)

    def _on_image(self, name: str, data: bytes, info: Mapping[str, Any]) -> None:
        recorder, received = self._cameras[name], _received(info)
        recorder.add(_serialised_stamp(data), received, memoryview(data)[STAMP_BYTES:])
        if self._looks[name].due(len(data)):
            message: Any = deserialize_message(data, Image)
            recorder.look(Picture(message.encoding, (message.height, message.width)), partial(rgb_image, message))

    def _on_told(self, topic: str, message: Any) -> None:
        self._told[topic] = message.data

    def _topic(self, name: str, kind: str) -> Topic:
        """What the network says of a topic now."""
        infos, full = self.get_publishers_info_by_topic(self._full(name)), self._full(name)
        others = tuple(
            sorted(
                other
                for other, kinds in self.get_topic_names_and_types()
                if kind in kinds and other != full and self.get_publishers_info_by_topic(other)
            )
        )
        return Topic(full, kind, _names(infos), tuple(sorted({info.topic_type for info in infos})), others)

    def _wanted(self) -> Iterable[str]:
        return (*self._joints, *self._images.values())

    def _full(self, topic: str) -> str:
        return topic if topic.startswith("/") else f"{self.get_namespace()}/{topic}"


class _Looks:
    """When an image is worth converting: now and then, and where its length changes."""

    def __init__(self) -> None:
        self._length, self._last_s = -1, 0.0

    def due(self, length: int) -> bool:
        if length == self._length and monotonic() - self._last_s < LOOK_S:
            return False
        self._length, self._last_s = length, monotonic()
        return True


def joint_topics(platform: Platform) -> dict[str, tuple[str, ...]]:
    """Topics of joint states in a contract -> the joints wanted from each; what paces the steps comes first."""
    sources = [source for source in platform.observation.state if source.type == "joint_states"]
    states = {name for source in sources for name in source.names}
    paced = tuple(name for name in platform.action.names if name in states)
    wanted: dict[str, tuple[str, ...]] = {platform.action.feedback: paced} if paced else {}
    for source in sources:
        wanted[source.topic] = tuple(dict.fromkeys((*wanted.get(source.topic, ()), *source.names)))
    return wanted


def _names(infos: Iterable[Any]) -> tuple[str, ...]:
    return tuple(f"{info.node_namespace.rstrip('/')}/{info.node_name}" for info in infos)


def _received(info: Mapping[str, Any]) -> int:
    """When a message came, by this machine's clock; some middlewares do not tell."""
    return int(info.get("received_timestamp") or 0) or time_ns()


def _stamp(message: Any) -> int:
    try:
        return stamp_ns(message.header.stamp)
    except InvalidRequest:
        return 0


def _serialised_stamp(data: bytes) -> int:
    try:
        return serialised_stamp_ns(data)
    except InvalidRequest:
        return 0
