"""What a person at the robot says, whichever device says it."""

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """As `dsrl_ros/msg/OperatorEvent`."""

    ARM = 1
    SUCCESS = 2
    FAILURE = 3
    STOP = 4
    DISCARD = 5
    CONFIRM_RESET = 6
    TAKE_BACK = 7
    HELD = 8  # the dead-man is held; repeated while it is
    RELEASED = 9


LABELS = (Kind.SUCCESS, Kind.FAILURE)
OF_ANY_EPISODE = (Kind.STOP, Kind.HELD, Kind.RELEASED)  # these count whatever episode the person saw


@dataclass(frozen=True, slots=True)
class OperatorEvent:
    """One event. `episode` is the one that the person saw, so that a late press does nothing to the next."""

    kind: Kind
    episode: int
    source: str
