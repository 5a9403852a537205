"""Message types for `rosbags`, read from the package's `.msg` files, so that bags are written and read without ROS."""

from functools import cache
from typing import Any

from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag2 import Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from dsrl_core.config.paths import share

EPISODE = "dsrl_ros/msg/Episode"
REWARD = "dsrl_ros/msg/RewardSignal"
IMAGE = "sensor_msgs/msg/Image"


@cache
def typestore() -> Typestore:
    """The standard message types and those in `msg/`."""
    store = get_typestore(Stores.ROS2_JAZZY)
    types: dict[str, Any] = {}
    for path in sorted((share() / "msg").glob("*.msg")):
        types |= get_types_from_msg(path.read_text(), f"dsrl_ros/msg/{path.stem}")
    store.register(types)
    return store


def typestore_of(connection: Connection, optional: frozenset[str]) -> Typestore | None:
    """The types to read a recorded topic's messages with.

    Args:
        connection: a topic whose message type has no nested messages.
        optional: fields that a recording of an earlier version may lack.
    Returns:
        The present types, if the message definition is the present one; the recorded types, if they only lack fields
        of `optional`; else None.
    """
    name, present = connection.msgtype, typestore()
    if connection.digest == present.hash_rihs01(name):
        return present
    if connection.msgdef.format is not MessageDefinitionFormat.MSG:
        return None
    recorded = get_types_from_msg(connection.msgdef.data, name)
    had, has = (dict(types[name][1]) for types in (recorded, present.fielddefs))
    missing = has.keys() - had.keys()
    if not missing <= optional or had != {field: kind for field, kind in has.items() if field not in missing}:
        return None
    store = get_typestore(Stores.EMPTY)
    store.register(recorded)
    return store


def message(name: str, **fields: Any) -> Any:
    """A message of type `name`; every field must be given."""
    return typestore().types[name](**fields)


def header(stamp_ns: int, frame_id: str = "") -> Any:
    """std_msgs/Header of a stamp in nanoseconds."""
    stamp = message("builtin_interfaces/msg/Time", sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return message("std_msgs/msg/Header", stamp=stamp, frame_id=frame_id)


class BagWriter:
    """Writes messages to an open rosbags writer and declares a topic at its first message."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._connections: dict[str, Connection] = {}

    def write(self, topic: str, stamp_ns: int, msg: Any) -> None:
        """Append `msg` at bag time `stamp_ns`.

        Raises:
            OSError: no space.
        """
        kind = msg.__msgtype__
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(topic, kind, typestore=typestore())
        self._writer.write(self._connections[topic], stamp_ns, typestore().serialize_cdr(msg, kind))
