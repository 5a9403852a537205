"""Several robots, one learner: which robot plays next, and in which order their episodes are trained on."""

from collections import deque
from collections.abc import Mapping, Sequence

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.progress import Progress, trained
from dsrl_core.schedule.schedule import Planned, Schedule
from dsrl_core.types import Episode, NoiseSource

Everyone = Mapping[str, Progress]  # by robot; a robot without an entry has settled no episode


def planned(config: RunConfig, everyone: Everyone, robot: str) -> Planned | None:
    """The next episode of a robot, None when its share of the run is complete."""
    return Schedule(config, robot).next(everyone.get(robot, {}), _others(config, everyone, robot))


def waits_on(config: RunConfig, everyone: Everyone, robot: str, plan: Planned | None) -> str:
    """Which episodes of other robots must be settled before a robot may start `plan`, or finish if `plan` is None.

    All robots complete a round of training before any starts the next, and all complete a selection before training
    goes on. In mode `async`, training episodes with the actor do not wait for the other robots' rounds.

    Returns:
        A description for people, empty if there is nothing to wait for.
    """
    own = everyone.get(robot, {})
    rounds, acting = trained(own).episodes, plan is not None and plan.source is NoiseSource.ACTOR_SAMPLE
    slow = [name for name in config.robots if trained(everyone.get(name, {})).episodes < rounds]
    if slow and not (acting and config.preset.mode == "async"):
        return f"training episode {rounds} of {slow[0]}"
    in_selection = plan is not None and plan.stream == "select"
    if not in_selection and Schedule(config, robot).selecting(own, _others(config, everyone, robot)):
        return "the other robots' evaluation"
    return ""


def turn(config: RunConfig, everyone: Everyone) -> tuple[str, Planned] | None:
    """The robot whose turn it is when one process plays all robots, and its next episode; None at the end."""
    for robot in by_turn(config.robots, everyone):
        plan = planned(config, everyone, robot)
        if plan is not None and not waits_on(config, everyone, robot, plan):
            return robot, plan
    return None


def by_turn(robots: Sequence[str], everyone: Everyone) -> list[str]:
    """Robots in the order in which one process plays them: fewest training episodes first, then fewest in all."""

    def played(robot: str) -> tuple[int, int]:
        progress = everyone.get(robot, {})
        return trained(progress).episodes, sum(tally.episodes for tally in progress.values())

    return sorted(robots, key=played)


def _others(config: RunConfig, everyone: Everyone, robot: str) -> list[Progress]:
    return [everyone.get(name, {}) for name in config.robots if name != robot]


class Rounds:
    """Puts arriving training episodes into the order in which they are trained on.

    In mode `alternating` episodes are released round by round, within a round in the order of the robots, whatever the
    order of arrival. So a run of several robots repeats bit for bit, also after an interruption. A round is held back
    until every robot's episode has arrived, because the actor must not change while the round is played. In mode
    `async` the order is that of arrival.
    """

    def __init__(self, config: RunConfig) -> None:
        self._waiting: dict[str, deque[Episode]] = {robot: deque() for robot in config.robots}
        self._in_rounds = config.preset.mode == "alternating"

    def add(self, episode: Episode) -> list[Episode]:
        """Take an arriving episode; returns the episodes that are due for training now, in order, often none."""
        if not self._in_rounds:
            return [episode]
        self._waiting[episode.robot].append(episode)
        if not all(self._waiting.values()):
            return []
        return [waiting.popleft() for waiting in self._waiting.values()]
