"""Conversion of time stamps, and of the ids that every message of a run carries."""

import struct
from dataclasses import dataclass
from typing import Any

from builtin_interfaces.msg import Time
from std_msgs.msg import Header


@dataclass(frozen=True, slots=True)
class EpisodeId:
    """The episode that a message belongs to; nodes ignore messages of another run or robot."""

    run_id: str
    robot: str
    episode: int


def episode_id(message: Any) -> EpisodeId:
    """The id in a message of this package."""
    return EpisodeId(message.run_id, message.robot, message.episode)


def time_message(stamp_ns: int) -> Time:
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return Time(sec=sec, nanosec=nanosec)


def stamp_ns(time: Time) -> int:
    return time.sec * 1_000_000_000 + time.nanosec


def serialised_stamp_ns(data: bytes) -> int:
    """The stamp, ns, of a serialised message that begins with a header (CDR: four bytes of encapsulation, then it)."""
    sec, nanosec = struct.unpack_from("<iI" if data[1] & 1 else ">iI", data, 4)
    return int(sec) * 1_000_000_000 + int(nanosec)


def header(stamp: int, frame_id: str = "") -> Header:
    """A header with `stamp` in ns."""
    return Header(stamp=time_message(stamp), frame_id=frame_id)


def with_id(message: Any, identity: EpisodeId, stamp: int) -> Any:
    """`message` with the fields that all messages of an episode have; `stamp` in ns."""
    message.header = header(stamp)
    message.run_id, message.robot, message.episode = identity.run_id, identity.robot, identity.episode
    return message
