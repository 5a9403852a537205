"""The policy's pictures that a bag holds beside its episodes, on `/<robot>/observation/images/<camera>/compressed`."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader

from dsrl_core.errors import ConfigError, RecordError
from dsrl_core.exchange.bag_values import IMAGES, picture
from dsrl_core.record.bag_types import EPISODE, typestore
from dsrl_core.types import U8, Episode

TOPIC = re.compile(r"/(?P<robot>.+)/observation/images/(?P<camera>[^/]+)/compressed")
Raw = Mapping[str, list[bytes]]  # topic -> messages of one episode, as they are recorded
COMPRESSED = IMAGES[1]


def recorded_beside(path: Path) -> Iterator[Raw]:
    """The picture messages of each episode of a bag, in its order; nothing where none are recorded.

    Raises:
        RecordError: the bag is damaged.
    """
    try:
        with Reader(path) as reader:
            yield from _by_episode(reader)
    except RecordError:
        raise
    except Exception as error:  # damage shows as whatever its readers stumble over
        raise RecordError(f"{path} is damaged ({f'{error}' or type(error).__name__})") from error


def _by_episode(reader: Reader) -> Iterator[Raw]:
    """An episode's message has the time of its last picture, and the next episode begins later."""
    pictures, ends_ns = defaultdict[str, list[bytes]](list), None
    for connection, time_ns, raw in reader.messages(list(filter(_is_wanted, reader.connections))):
        if ends_ns is not None and time_ns > ends_ns:
            yield pictures
            pictures, ends_ns = defaultdict(list), None
        if connection.msgtype == EPISODE:
            ends_ns = time_ns
        else:
            pictures[connection.topic].append(bytes(raw))
    if ends_ns is not None:
        yield pictures


def _is_wanted(connection: Connection) -> bool:
    is_picture = connection.msgtype == COMPRESSED and TOPIC.fullmatch(connection.topic) is not None
    return is_picture or connection.msgtype == EPISODE


def decoded(raw: Raw, episode: Episode, cameras: tuple[str, ...]) -> dict[str, U8] | None:
    """Pictures [n + 1, h, w, 3] of each camera; None where one has not a picture for every view, all of one size."""
    found: dict[str, U8] = {}
    for camera in cameras:
        messages = raw.get(f"/{episode.robot.strip('/')}/observation/images/{camera}/compressed", [])
        images = [_picture(message) for message in messages]
        if len(images) != episode.decisions + 1 or len({image.shape for image in images}) != 1:
            return None
        found[camera] = np.stack(images)
    return found or None


def _picture(raw: bytes) -> Any:
    try:
        return picture(typestore().deserialize_cdr(raw, COMPRESSED), COMPRESSED)
    except ConfigError as error:
        raise RecordError(f"a recorded picture is damaged: {error}") from error
