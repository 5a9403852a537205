"""Collects what one topic sends, message by message, into facts. Pure: stamps and times of arrival are given."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dsrl_core.errors import InvalidRequest
from dsrl_core.robot_check.facts import I64, CameraFacts, JointFacts, Stream
from dsrl_core.types import U8

T = TypeVar("T")
KEPT = 8  # different kinds of names, encodings or sizes that are remembered


@dataclass(frozen=True, slots=True)
class Topic:
    """What the network says of a topic, see `Stream`."""

    name: str
    kind: str
    publishers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Times:
    """Stamps and times of arrival of the messages of a topic."""

    def __init__(self) -> None:
        self._stamps: list[int] = []
        self._received: list[int] = []

    def add(self, stamp_ns: int, received_ns: int) -> None:
        self._stamps.append(stamp_ns)
        self._received.append(received_ns)

    def stream(self, topic: Topic) -> Stream:
        stamps, received = _numbers(self._stamps), _numbers(self._received)
        return Stream(topic.name, topic.kind, topic.publishers, topic.kinds, topic.others, stamps, received)


class JointRecorder:
    """Joint states of one topic; messages with none of the wanted joints are another driver's and only named."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self.wanted = wanted
        self._times = Times()
        self._kinds: list[tuple[str, ...]] = []
        self._rows: list[list[float]] = []
        self._fault = ""
        self._last: dict[tuple[str, ...], dict[str, bytes]] = {}  # by the message's names
        self._changes = 0
        self._senses = False

    def add(self, stamp_ns: int, received_ns: int, names: Sequence[str], values: Mapping[str, Sequence[float]]) -> None:
        """Take a message; `values` holds its fields position, velocity and effort."""
        kind, positions = tuple(names), values["position"]
        _remember(self._kinds, kind)
        if set(self.wanted).isdisjoint(kind):
            return
        if len(positions) != len(kind) or len(set(kind)) != len(kind):
            self._fault = self._fault or f"{len(positions)} positions for the {len(kind)} names {', '.join(kind)}"
            return
        known = dict(zip(kind, positions, strict=True))
        self._times.add(stamp_ns, received_ns)
        self._rows.append([float(known.get(name, np.nan)) for name in self.wanted])
        bits = {field: np.asarray(numbers, np.float64).tobytes() for field, numbers in values.items()}
        self._changes += self._last.get(kind, bits) != bits
        self._last[kind] = bits
        self._senses |= any(np.nan_to_num(values.get(field, ())).any() for field in ("velocity", "effort"))
        self._note_not_finite(known)

    def facts(self, topic: Topic) -> JointFacts:
        rows = np.array(self._rows, np.float64).reshape(-1, len(self.wanted))
        stream = self._times.stream(topic)
        return JointFacts(stream, self.wanted, tuple(self._kinds), rows, self._fault, self._changes, self._senses)

    def _note_not_finite(self, known: Mapping[str, float]) -> None:
        broken = [name for name in self.wanted if name in known and not np.isfinite(known[name])]
        if broken and not self._fault:
            self._fault = f"{broken[0]} is {known[broken[0]]}"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of an image without its pixels."""

    encoding: str
    size: tuple[int, int]  # height, width


class CameraRecorder:
    """Images of one topic. Only few are converted, as that takes longer than an image lasts."""

    def __init__(self) -> None:
        self._times = Times()
        self._encodings: list[str] = []
        self._sizes: list[tuple[int, int]] = []
        self._picture: U8 | None = None
        self._fault = ""
        self._checksum: int | None = None
        self._changed_ns = 0
        self._frozen_ns = 0

    def add(self, stamp_ns: int, received_ns: int, pixels: bytes | memoryview) -> None:
        """Take an image; `pixels` are all its bytes but the stamp."""
        self._times.add(stamp_ns, received_ns)
        checksum = zlib.crc32(pixels)
        if checksum != self._checksum:
            self._checksum, self._changed_ns = checksum, received_ns
        self._frozen_ns = max(self._frozen_ns, received_ns - self._changed_ns)

    def look(self, picture: Picture, convert: Callable[[], U8]) -> None:
        """Convert an image to u8[h, w, 3]; `convert` raises InvalidRequest where it cannot."""
        _remember(self._encodings, picture.encoding)
        _remember(self._sizes, picture.size)
        try:
            self._picture = convert()
        except InvalidRequest as error:
            self._fault = self._fault or str(error)

    def facts(self, topic: Topic, guess: Callable[[str], str]) -> CameraFacts:
        """`guess` gives what an encoding leaves open, for people; empty where it leaves nothing open."""
        return CameraFacts(
            stream=self._times.stream(topic),
            encodings=tuple(self._encodings),
            sizes=tuple(self._sizes),
            picture=self._picture,
            fault=self._fault,
            guess=next((words for words in map(guess, self._encodings) if words), ""),
            frozen_ms=self._frozen_ns / 1e6,
        )


def _numbers(values: Sequence[int]) -> I64:
    return np.array(values, np.int64)


def _remember(known: list[T], value: T) -> None:
    if len(known) < KEPT and value not in known:
        known.append(value)
