"""What a watching rail says: how severe it is, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How severe a verdict is. From HOLD on the arm stops and the chunk in flight is discarded."""

    OK = 0
    NOTICE = 1  # told to people; output goes on
    HOLD = 2  # output stops until the rail is content again; then a new decision is asked for
    DROP = 3  # output stops, and the episode does not count
    LATCHED = 4  # HOLD that the operator's confirmation alone ends; the episode does not count
    FAULT = 5  # the robot itself is not sound; as LATCHED, and it has to recover


@dataclass(frozen=True, slots=True)
class Verdict:
    level: Level = Level.OK
    reason: str = ""  # for people, empty with OK
    reflex: bool = False  # whether a reflex of the robot looks like this


OK = Verdict()


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe of several, the first of those that are equally so; OK where there is none."""
    return max(verdicts, key=lambda verdict: verdict.level, default=OK)


def ms(seconds: float) -> str:
    """A short time for people, in milliseconds."""
    return f"{1e3 * seconds:.0f} ms"
