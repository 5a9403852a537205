"""What steering is told of an episode on an arm."""

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """As the states of `dsrl_ros/msg/EpisodeStatus`."""

    READY = 1  # it begins: the first observation is now
    ENDED = 2  # its label is final
    FAILED = 3  # it does not count
    WAITING = 4  # somebody is waited for, and time does not count


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. `stamp_ns` is that of the observation it is about, 0 where it is about none."""

    stage: Stage
    stamp_ns: int = 0
    reason: str = ""
    waits_for: str = ""  # for people
