"""Time stamps and the ids that every message of a run carries."""

import struct
from dataclasses import dataclass
from typing import Any

from builtin_interfaces.msg import Time
from std_msgs.msg import Header


@dataclass(frozen=True, slots=True)
class EpisodeId:
    """Which episode a message belongs to; foreign ones are ignored."""

    run_id: str
    robot: str
    episode: int


def episode_id(message: Any) -> EpisodeId:
    """The id that a message of ours carries."""
    return EpisodeId(message.run_id, message.robot, message.episode)


def time_message(stamp_ns: int) -> Time:
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return Time(sec=sec, nanosec=nanosec)


def stamp_ns(time: Time) -> int:
    return time.sec * 1_000_000_000 + time.nanosec


def serialised_stamp_ns(data: bytes) -> int:
    """The header's stamp of a serialised message that begins with a header: CDR, four bytes of encapsulation first."""
    sec, nanosec = struct.unpack_from("<iI" if data[1] & 1 else ">iI", data, 4)
    return int(sec) * 1_000_000_000 + int(nanosec)


def header(stamp: int, frame_id: str = "") -> Header:
    """A header with `stamp` in ns."""
    return Header(stamp=time_message(stamp), frame_id=frame_id)


def marked(message: Any, who: EpisodeId, stamp: int) -> Any:
    message.header = header(stamp)
    message.run_id, message.robot, message.episode = who.run_id, who.robot, who.episode
    return message
