"""Reads a bag of any robot, MCAP or SQLite: what its topics hold, and what was there at given times."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from dsrl_core.errors import ConfigError, excerpt
from dsrl_core.exchange.bag_values import IMAGES, READERS, numbers, picture
from dsrl_core.exchange.mapping import Contents, Vector
from dsrl_core.record.bag_types import EPISODE
from dsrl_core.types import U8

FIELD = "#"  # TOPIC#FIELD


@dataclass(frozen=True, slots=True)
class Stream:
    """One topic's messages: when they came, and what they hold."""

    times_ns: NDArray[np.int64]  # [n], rising
    values: Any  # [n, size]; of pictures a list


class Bag:
    """An open bag."""

    def __init__(self, path: Path, reader: Reader, types: Typestore) -> None:
        self.path, self._reader, self._types = path, reader, types
        self._topics = {connection.topic: connection for connection in reader.connections}

    @property
    def topics(self) -> dict[str, str]:
        """Type of each topic's messages."""
        return {topic: connection.msgtype for topic, connection in self._topics.items()}

    def contents(self, asked: Sequence[str]) -> Contents:
        """Topics with pictures and with numbers; of those asked for, also TOPIC#FIELD.

        Raises:
            ConfigError: a field that is asked for holds no numbers.
        """
        cameras: dict[str, tuple[int, int] | None] = {}
        vectors: dict[str, Vector] = {}
        for topic, kind in self.topics.items():
            if kind in IMAGES:
                cameras[topic] = next((image.shape[:2] for image in self._pictures(topic)), None)
            elif kind in READERS:
                vectors |= self._vector(topic)
        for key in asked:
            if FIELD in key and key.partition(FIELD)[0] in self._topics:
                vectors |= self._vector(key)
        return Contents(cameras, vectors)

    def times_ns(self, topic: str, header: bool) -> NDArray[np.int64]:
        """When each message came, or what its header says; rising.

        Raises:
            ConfigError: the messages have no header, or their times go back.
        """
        found = []
        for time_ns, message in self._messages(topic, decode=header):
            if not header:
                found.append(time_ns)
                continue
            if not hasattr(message, "header"):
                raise ConfigError(f"{self.path}: messages of {topic} have no header; leave stamps=header out")
            stamp = message.header.stamp
            found.append(stamp.sec * 10**9 + stamp.nanosec)
        times = np.array(found, np.int64)
        if (np.diff(times) < 0).any():
            raise ConfigError(f"{self.path}: the times of {topic} go back; try the other kind, stamps=bag or header")
        return times

    def vectors(self, key: str) -> NDArray[np.float32]:
        """The numbers of every message, [n, size], in the order of names of the first one."""
        topic, _, field = key.partition(FIELD)
        rows, first = list[NDArray[Any]](), tuple[str, ...]()
        for _, message in self._messages(topic):
            names, values = numbers(message, self.topics[topic], field)
            first = first or names
            if names != first:
                values = _reordered(values, names, first, f"{self.path}: {topic}")
            rows.append(values)
        if len({len(row) for row in rows}) > 1:
            raise ConfigError(f"{self.path}: messages of {key} have different numbers of values")
        return np.array(rows, np.float32)

    def pictures(self, topic: str, wanted: NDArray[np.int64]) -> Iterator[U8]:
        """The pictures with these rising numbers, each as often as it is named."""
        at = 0
        for number, (_, message) in enumerate(self._messages(topic, decode=False)):
            if at == len(wanted):
                return
            if number != wanted[at]:
                continue
            found = picture(self._decoded(topic, message), self.topics[topic])
            while at < len(wanted) and wanted[at] == number:
                yield found
                at += 1

    def _vector(self, key: str) -> dict[str, Vector]:
        topic, _, field = key.partition(FIELD)
        for _, message in self._messages(topic):
            names, values = numbers(message, self.topics[topic], field)
            return {key: Vector(len(values), names if len(names) == len(values) else ())}
        return {}

    def _pictures(self, topic: str) -> Iterator[U8]:
        for _, message in self._messages(topic):
            yield picture(message, self.topics[topic])

    def _messages(self, topic: str, decode: bool = True) -> Iterator[tuple[int, Any]]:
        for _, time_ns, raw in self._reader.messages([self._topics[topic]]):
            yield time_ns, self._decoded(topic, raw) if decode else raw

    def _decoded(self, topic: str, raw: bytes) -> Any:
        return self._types.deserialize_cdr(raw, self.topics[topic])


@contextmanager
def open_bag(path: Path) -> Iterator[Bag]:
    """A bag's folder, or its one file.

    Raises:
        ConfigError: it cannot be read, is damaged or cut short, or is a recording of this package.
    """
    try:
        with Reader(path) as reader:
            if any(connection.msgtype == EPISODE for connection in reader.connections):
                raise ConfigError(
                    f"{path} is a recording of a run, not of a foreign robot: ./dsrl export --format lerobot {path}, "
                    "and import that; or learn from it as it is with operator.recording or ./dsrl replay"
                )
            yield Bag(path, reader, _types_of(reader.connections))
    except (ConfigError, KeyboardInterrupt):
        raise
    except Exception as error:  # damage shows as whatever its readers stumble over
        told = excerpt(str(error)) or type(error).__name__
        raise ConfigError(
            f"{path} cannot be read as a bag ({told}); if it was cut short, `ros2 bag reindex` or "
            "`mcap recover` may mend it"
        ) from error


def _types_of(connections: Sequence[Connection]) -> Typestore:
    """The standard types, and those that the bag defines itself."""
    store = get_typestore(Stores.ROS2_JAZZY)
    for connection in connections:
        if connection.msgtype in store.fielddefs:
            continue
        told = connection.msgdef
        read = get_types_from_msg if told.format is MessageDefinitionFormat.MSG else None
        if told.format is MessageDefinitionFormat.IDL:
            found = get_types_from_idl(told.data)
        elif read is not None:
            found = read(told.data, connection.msgtype)
        else:
            continue
        store.register({name: fields for name, fields in found.items() if name not in store.fielddefs})
    return store


def _reordered(values: NDArray[Any], names: Sequence[str], wanted: Sequence[str], where: str) -> NDArray[Any]:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ConfigError(f"{where}: a message lacks {missing[0]!r}, which the first one has")
    return values[[names.index(name) for name in wanted]]
