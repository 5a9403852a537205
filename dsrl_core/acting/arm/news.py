"""What the executor of an arm tells and asks of others, besides commands."""

from dataclasses import dataclass
from enum import Enum

from dsrl_core.types import TaskEvent


class Stage(Enum):
    """As the states of `dsrl_ros/msg/EpisodeStatus`."""

    READY = 1  # it begins: the first observation is now
    ENDED = 2  # its label is final
    FAILED = 3  # it does not count
    WAITING = 4  # somebody is waited for, and time does not count


@dataclass(frozen=True, slots=True)
class News:
    """Of an episode, for steering. `stamp_ns` is that of the observation it is about, 0 where it is about none."""

    episode: int
    stage: Stage
    stamp_ns: int = 0
    reason: str = ""
    waits_for: str = ""  # for people


@dataclass(frozen=True, slots=True, eq=False)
class Happened:
    """What happened in an episode since the last decision, for rewards and steering."""

    episode: int
    event: TaskEvent


@dataclass(frozen=True, slots=True)
class Recover:
    """Ask the robot to leave its error."""


@dataclass(frozen=True, slots=True)
class ArmStatus:
    """What is told of the executor to everyone; counts are since its start."""

    state: int  # as in `dsrl_ros/msg/ExecutorStatus`
    reason: str
    waits_for: str
    episode: int
    stamp_ns: int
    takeover: bool
    actions: int
    person_actions: int
    takeovers: int
    chunks: int
    refused: int
    holds: int
    faults: int
    reflexes: int  # of these faults, those that look like one
    clipped: int
    person_s: float  # time for which a person was waited for
