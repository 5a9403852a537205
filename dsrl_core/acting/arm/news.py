"""What the executor of an arm tells and asks of others, besides commands."""

import re
from dataclasses import dataclass
from enum import Enum

from dsrl_core.types import TaskEvent

REMIND_S = 1.0  # between two pieces of news that a person is waited for


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


class Reminder:
    """Decides when to say that a person is waited for: again and again, lest time runs out, and once it is over."""

    def __init__(self) -> None:
        self._about, self._said_s = "", float("-inf")

    def due(self, what: str, now_s: float) -> bool:
        """Whether to say now what is waited for, empty for nothing; a number in it, as for how long, is nothing new."""
        about = re.sub(r"\d+", "", what)
        if about == self._about and not (what and now_s - self._said_s > REMIND_S):
            return False
        self._about, self._said_s = about, now_s
        return True


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
    chunks: int
    refused: int
    holds: int
    faults: int
    clipped: int
