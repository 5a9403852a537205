"""What a segment holds beside the `Episode` and what is made from it: messages for people; nothing learns from them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dsrl_core.config.run import RecordSettings
from dsrl_core.record.bag_types import (
    COMPRESSED,
    DECISION,
    DIAGNOSTICS,
    EXECUTOR_STATUS,
    OPERATOR_EVENT,
    Serialised,
    header,
    message,
    typestore,
)
from dsrl_core.record.details import DecisionNumbers, Details, Picture

KINDS = frozenset({COMPRESSED, DECISION, DIAGNOSTICS, EXECUTOR_STATUS, OPERATOR_EVENT})
STAMP = struct.Struct("<iI")  # seconds and nanoseconds of a header
STAMP_AT = 4  # in a serialised message, after the encapsulation
LITTLE_ENDIAN = b"\x00\x01"  # encapsulation of what Fast DDS, Cyclone DDS and rosbags write on every common machine


@dataclass(frozen=True, slots=True)
class Heard:
    """A serialised message (CDR) whose type begins with a `std_msgs/Header`."""

    topic: str
    offset_ns: int  # since the episode's first observation
    message: Serialised

    def at(self, stamp_ns: int) -> Serialised:
        """The message with this stamp in its header, in ns."""
        cdr = self.message.cdr
        if cdr[:2] == LITTLE_ENDIAN:
            cdr = cdr[:STAMP_AT] + STAMP.pack(*divmod(stamp_ns, 10**9)) + cdr[STAMP_AT + STAMP.size :]
        return Serialised(self.message.kind, cdr)


@dataclass(frozen=True, slots=True)
class Beside:
    """Messages beside an episode, in any order, and whether the learner's images are written as messages, too."""

    messages: tuple[Heard, ...] = ()
    learner_images: bool = True


NOTHING = Beside()


def beside(details: Details | None, settings: RecordSettings, heard: tuple[Heard, ...] = ()) -> Beside:
    """What is recorded beside an episode: what steering has told, if it came, and what was heard.

    Where the policy's pictures are wanted but did not come, the learner's take their place.
    """
    told = () if details is None else tuple(_messages(details))
    instead = settings.images == "policy" and not any(each.message.kind == COMPRESSED for each in told)
    return Beside((*told, *heard), learner_images=settings.images == "learner" or instead)


def picture_topic(robot: str, camera: str) -> str:
    """The name by which image_transport finds the compressed form of `observation/images/<camera>`."""
    return f"/{robot}/observation/images/{camera}/compressed"


def _messages(details: Details) -> Iterator[Heard]:
    for picture in details.pictures:
        topic = picture_topic(details.robot, picture.camera)
        yield _heard(topic, picture.stamp_ns - details.start_ns, _picture(picture))
    for numbers in details.decisions:
        yield _heard(f"/{details.robot}/decision", numbers.stamp_ns - details.start_ns, _decision(details, numbers))


def _heard(topic: str, offset_ns: int, msg: object) -> Heard:
    kind: str = msg.__msgtype__  # type: ignore[attr-defined]
    return Heard(topic, offset_ns, Serialised(kind, bytes(typestore().serialize_cdr(msg, kind))))


def _picture(picture: Picture) -> object:
    data = np.frombuffer(picture.data, np.uint8)
    return message(COMPRESSED, header=header(picture.stamp_ns, picture.camera), format=picture.encoding, data=data)


def _decision(details: Details, numbers: DecisionNumbers) -> object:
    return message(
        DECISION,
        header=header(numbers.stamp_ns),
        run_id=details.run_id,
        robot=details.robot,
        episode=details.episode,
        group=numbers.group,
        decision=numbers.decision,
        noise_source=numbers.noise_source,
        noise_norm=numbers.noise_norm,
        q=numbers.q,
        params_version=numbers.params_version,
        last_reward=numbers.last_reward,
        observe_ms=numbers.observe_ms,
        actor_ms=numbers.actor_ms,
        policy_ms=numbers.policy_ms,
        total_ms=numbers.total_ms,
    )
