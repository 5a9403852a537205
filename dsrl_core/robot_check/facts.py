"""What was collected about a robot, before anything is judged. Pure data: no ROS."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dsrl_core.types import F32, U8

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """One topic that a driver publishes, and when its messages came."""

    topic: str
    kind: str  # type that is expected, such as sensor_msgs/msg/Image
    publishers: tuple[str, ...]  # names of their nodes
    kinds: tuple[str, ...]  # types that are published on the topic
    others: tuple[str, ...]  # topics on which messages of the expected type are published
    stamps_ns: I64  # [n], in the messages
    received_ns: I64  # [n], by this machine's clock


@dataclass(frozen=True, slots=True, eq=False)
class JointFacts:
    """A topic of joint states, of which some joints are wanted."""

    stream: Stream
    wanted: tuple[str, ...]
    kinds: tuple[tuple[str, ...], ...]  # names in the different messages that came
    positions: NDArray[np.float64]  # [n, wanted], NaN where a message lacks a joint
    fault: str  # what is wrong with the first malformed message, empty where none is
    changes: int  # how often positions, velocities or efforts differ from those of the message before
    senses: bool  # whether a velocity or an effort was other than 0, as a sensor's is even at rest


@dataclass(frozen=True, slots=True, eq=False)
class CameraFacts:
    """A topic of images."""

    stream: Stream
    encodings: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]  # (height, width) that came
    picture: U8 | None  # u8[h, w, 3], the last one that could be converted
    fault: str  # why images cannot be converted
    guess: str  # what the encoding leaves open
    frozen_ms: float  # longest time in which the pixels did not change


@dataclass(frozen=True, slots=True, eq=False)
class CommandFacts:
    """Who listens to and who publishes what moves the arm, and what the robot end says of itself."""

    topic: str  # empty where it is not known
    listeners: tuple[str, ...]
    publishers: tuple[str, ...]
    mode: int | None  # libfranka's RobotMode, None where nobody tells it
    active: bool | None  # whether commands are carried out


@dataclass(frozen=True, slots=True, eq=False)
class NetworkFacts:
    """The network that this process is in."""

    rmw: str
    domain: str
    nodes: tuple[str, ...]  # full names of others' nodes
    local_only: str  # the variable that limits discovery to this machine, with its value; empty where none does


@dataclass(frozen=True, slots=True, eq=False)
class PolicyFacts:
    """Some calls of the policy."""

    where: str  # endpoint or kind
    fault: str = ""  # why it cannot be used
    latencies_s: F32 = field(default_factory=lambda: np.zeros(0, np.float32))
    chunks: F32 | None = None  # [calls, H, a], as the policy gives them


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """All that one check collected."""

    network: NetworkFacts
    joints: tuple[JointFacts, ...]
    cameras: dict[str, CameraFacts]
    command: CommandFacts
    description: str | None  # the URDF that a robot serves
    policy: PolicyFacts
    versions: dict[str, str] = field(default_factory=dict[str, str])
