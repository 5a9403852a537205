"""Conversion of time stamps, and of the ids that every message of a run carries."""

import struct
from dataclasses import dataclass
from typing import Any

from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from dsrl_core.errors import InvalidRequest

SECOND_NS = 1_000_000_000
STAMPED_BYTES = 12  # of a serialised message up to the end of its stamp


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
    sec, nanosec = divmod(stamp_ns, SECOND_NS)
    return Time(sec=sec, nanosec=nanosec)


def stamp_ns(time: Time) -> int:
    """The stamp in ns. Raises InvalidRequest if it is before 1970, or its nanoseconds are a second or more."""
    return _nanoseconds(time.sec, time.nanosec)


def serialised_stamp_ns(data: bytes) -> int:
    """The stamp, ns, of a serialised message that begins with a header (CDR: four bytes of encapsulation, then it).

    Raises:
        InvalidRequest: the message is too short for a stamp, or its stamp is malformed, see `stamp_ns`.
    """
    if len(data) < STAMPED_BYTES:
        raise InvalidRequest(f"a message of {len(data)} bytes is too short for a stamp")
    sec, nanosec = struct.unpack_from("<iI" if data[1] & 1 else ">iI", data, 4)
    return _nanoseconds(sec, nanosec)


def _nanoseconds(sec: int, nanosec: int) -> int:
    if sec < 0 or nanosec >= SECOND_NS:
        raise InvalidRequest(f"stamp: expected sec >= 0 and nanosec < {SECOND_NS}, got sec {sec}, nanosec {nanosec}")
    return sec * SECOND_NS + nanosec


def header(stamp: int, frame_id: str = "") -> Header:
    """A header with `stamp` in ns."""
    return Header(stamp=time_message(stamp), frame_id=frame_id)


def with_id(message: Any, identity: EpisodeId, stamp: int) -> Any:
    """`message` with the fields that all messages of an episode have; `stamp` in ns."""
    message.header = header(stamp)
    message.run_id, message.robot, message.episode = identity.run_id, identity.robot, identity.episode
    return message
