"""Which part of a run a host carries out: all of it, or its learner, its robots, or only a view of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dsrl_core.errors import ConfigError, among


class Role(StrEnum):
    """What a host does in a run."""

    ALL = "all"  # everything; the run is on this machine alone
    LEARNER = "learner"  # the learner and the run's record; other hosts join it
    ROBOT = "robot"  # robot ends and what stands beside them
    VIEW = "view"  # looks on

    @property
    def joins(self) -> bool:
        """Whether the run's settings come from another host, the learner's."""
        return self in (Role.ROBOT, Role.VIEW)


@dataclass(frozen=True, slots=True)
class Place:
    """A host's place in a run."""

    role: Role = Role.ALL
    robots: tuple[str, ...] = ()  # those of the role robot; empty: all of the run

    def robots_of(self, robots: Sequence[str]) -> tuple[str, ...]:
        """Which of a run's robots have their end here.

        Raises:
            ConfigError: one was asked for that the run does not have.
        """
        for robot in self.robots:
            if robot not in robots:
                raise ConfigError(f"robot={robot} is none of this run's; {among(robot, robots)}")
        return self.robots or tuple(robots)


ALONE = Place()  # the whole run is here


def take_place(words: Sequence[str]) -> tuple[Place, list[str]]:
    """The place that `role=` and `robot=` among "key=value" words ask for, and the other words.

    `robot=robot1`, or several with commas, says which robots of a run are on a host with the role robot.

    Raises:
        ConfigError: the role is unknown, or robots are named for another role.
    """
    given = dict(word.split("=", 1) for word in words if word.startswith(("role=", "robot=")))
    others = [word for word in words if not word.startswith(("role=", "robot="))]
    return place_of(given.get("role", ""), given.get("robot", "")), others


def place_of(role: str, robots: str) -> Place:
    """The place of a role and of robots with commas between; empty is the default. Raises as `take_place`."""
    names = tuple(name for name in robots.replace(" ", "").split(",") if name)
    if role not in ("", *Role):
        raise ConfigError(f"role={role!r} is unknown; {among(role, map(str, Role))}")
    place = Place(Role(role or Role.ALL), names)
    if names and place.role is not Role.ROBOT:
        raise ConfigError(f"robot={robots} goes with role=robot alone, not with role={place.role}")
    return place
