"""Message types for `rosbags`, read from the package's `.msg` files, so that bags are written and read without ROS."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
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
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from dsrl_core.config.paths import share
from dsrl_core.record.mcap_storage import McapBag

ACTION = "dsrl_ros/msg/Action"
DECISION = "dsrl_ros/msg/Decision"
EPISODE = "dsrl_ros/msg/Episode"
REWARD = "dsrl_ros/msg/RewardSignal"
EXECUTOR_STATUS = "dsrl_ros/msg/ExecutorStatus"
OPERATOR_EVENT = "dsrl_ros/msg/OperatorEvent"
DIAGNOSTICS = "diagnostic_msgs/msg/DiagnosticArray"
COMPRESSED = "sensor_msgs/msg/CompressedImage"
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


NO_FILES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Serialised:
    """A message as its bytes (CDR)."""

    kind: str
    cdr: bytes = field(repr=False)


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
def bag_writer(
    path: Path, facts: Mapping[str, str] | None = None, attached: Mapping[str, str] = NO_FILES
) -> Iterator["BagWriter"]:
    """Write a new bag, MCAP whose chunks are compressed with zstd.

    Args:
        path: folder of the bag, made here.
        facts: what a bag for people says of itself, in its metadata's `custom_data`; the quality of service that a
            player is to offer is there, too. None for a segment, for whose writing the learner waits.
        attached: files that lie in the bag, as attachments: name -> text.
    Raises:
        OSError, WriterError: no space, or the folder is there.
    """
    writer = McapBag(path, version=9, storage_plugin=StoragePlugin.MCAP)
    writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
    for key, value in (facts or {}).items():
        writer.set_custom_data(key, value)
    with writer:
        for name, text in attached.items():
            writer.attach(name, text)
        yield BagWriter(writer, () if facts is None else (OFFERED,))


class BagWriter:
    """Writes messages to an open rosbags writer and declares a topic at its first message."""

    def __init__(self, writer: McapBag, offered: Sequence[Qos]) -> None:
        """Into `writer`, with `offered` as every topic's quality of service."""
        self._writer, self._offered = writer, offered
        self._connections: dict[str, Connection] = {}

    def write(self, topic: str, stamp_ns: int, msg: Any) -> None:
        """Append `msg`, a message or a `Serialised` one, at bag time `stamp_ns`.

        Raises:
            OSError: no space.
        """
        kind = msg.kind if isinstance(msg, Serialised) else msg.__msgtype__
        data = msg.cdr if isinstance(msg, Serialised) else typestore().serialize_cdr(msg, kind)
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=typestore(), offered_qos_profiles=self._offered
            )
        self._writer.write(self._connections[topic], stamp_ns, data)
