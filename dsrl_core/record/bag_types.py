"""Message types for `rosbags`, read from the package's `.msg` files, so that bags are written and read without ROS."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from rosbags.interfaces import (
    Connection,
    MessageDefinitionFormat,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from dsrl_core.config.paths import share

EPISODE = "dsrl_ros/msg/Episode"
REWARD = "dsrl_ros/msg/RewardSignal"
IMAGE = "sensor_msgs/msg/Image"
STATE = "sensor_msgs/msg/JointState"
ALWAYS = QosTime(0, 0)  # no bound
OFFERED = Qos(  # what a player offers again: reliable, so that every kind of reader hears it
    QosHistory.KEEP_LAST,
    10,
    QosReliability.RELIABLE,
    QosDurability.VOLATILE,
    ALWAYS,
    ALWAYS,
    QosLiveliness.SYSTEM_DEFAULT,
    ALWAYS,
    avoid_ros_namespace_conventions=False,
)


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


def message(name: str, /, **fields: Any) -> Any:
    """A message of type `name`; every field must be given."""
    return typestore().types[name](**fields)


def header(stamp_ns: int, frame_id: str = "") -> Any:
    """std_msgs/Header of a stamp in nanoseconds."""
    stamp = message("builtin_interfaces/msg/Time", sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return message("std_msgs/msg/Header", stamp=stamp, frame_id=frame_id)


@contextmanager
def bag_writer(path: Path, facts: Mapping[str, str] | None = None) -> Iterator["BagWriter"]:
    """Write a new bag, MCAP whose chunk is compressed with zstd.

    Args:
        path: folder of the bag, made here.
        facts: what a bag for people says of itself, in its metadata's `custom_data`; the quality of service that a
            player is to offer is there, too. None for a segment, for whose writing the learner waits.
    Raises:
        OSError, WriterError: no space, or the folder is there.
    """
    writer = Writer(path, version=9, storage_plugin=StoragePlugin.MCAP)
    writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
    for key, value in (facts or {}).items():
        writer.set_custom_data(key, value)
    with writer:
        yield BagWriter(writer, () if facts is None else (OFFERED,))


class BagWriter:
    """Writes messages to an open rosbags writer and declares a topic at its first message."""

    def __init__(self, writer: Writer, offered: Sequence[Qos]) -> None:
        """Into `writer`, with `offered` as every topic's quality of service."""
        self._writer, self._offered = writer, offered
        self._connections: dict[str, Connection] = {}

    def write(self, topic: str, stamp_ns: int, msg: Any) -> None:
        """Append `msg` at bag time `stamp_ns`.

        Raises:
            OSError: no space.
        """
        kind = msg.__msgtype__
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=typestore(), offered_qos_profiles=self._offered
            )
        self._writer.write(self._connections[topic], stamp_ns, typestore().serialize_cdr(msg, kind))
