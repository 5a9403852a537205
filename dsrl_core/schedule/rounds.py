"""Several robots, one learner: whose turn it is, and in which order their episodes are trained on."""

from collections import deque
from collections.abc import Mapping

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.schedule import Planned, Progress, Schedule, trained
from dsrl_core.types import Episode, NoiseSource

Everyone = Mapping[str, Progress]  # by robot; one that is not in it has settled nothing


def planned(config: RunConfig, everyone: Everyone, robot: str) -> Planned | None:
    """What the schedule holds next for a robot."""
    return Schedule(config, robot).next(everyone.get(robot, {}), _others(config, everyone, robot))


def waits_on(config: RunConfig, everyone: Everyone, robot: str, plan: Planned | None) -> str:
    """What the next episode of a robot, or its end, waits for of the other robots; empty if nothing.

    A round of training and an evaluation are whole before the next begins. In async that holds of the warm-up and of
    evaluations; acting while training waits for no other robot's training.
    """
    own = everyone.get(robot, {})
    rounds, acting = trained(own).episodes, plan is not None and plan.source is NoiseSource.ACTOR_SAMPLE
    slow = [name for name in config.robots if trained(everyone.get(name, {})).episodes < rounds]
    if slow and not (acting and config.preset.mode == "async"):
        return f"training episode {rounds} of {slow[0]}"
    choosing = plan is not None and plan.stream == "select"
    if not choosing and Schedule(config, robot).selecting(own, _others(config, everyone, robot)):
        return "the other robots' evaluation"
    return ""


def turn(config: RunConfig, everyone: Everyone) -> tuple[str, Planned] | None:
    """The robot that has played least, of training and then in all, and what it plays next; None at the end."""

    def played(robot: str) -> tuple[int, int]:
        progress = everyone.get(robot, {})
        return trained(progress).episodes, sum(tally.episodes for tally in progress.values())

    plans = ((robot, planned(config, everyone, robot)) for robot in config.robots)
    free = [(robot, plan) for robot, plan in plans if plan is not None and not waits_on(config, everyone, robot, plan)]
    return min(free, key=lambda candidate: played(candidate[0]), default=None)


def _others(config: RunConfig, everyone: Everyone, robot: str) -> list[Progress]:
    return [everyone.get(name, {}) for name in config.robots if name != robot]


class Rounds:
    """Training episodes as they come in, and in the order in which they are trained on.

    In `alternating` that is round by round, and in a round robot by robot, however they came in: so a run of several
    robots repeats bit for bit, and one that was interrupted goes on as if it had not been. A round is held back until
    all of it is there, since the parameters that it is played with must not change meanwhile. In `async` the order is
    that of arrival.
    """

    def __init__(self, config: RunConfig) -> None:
        self._waiting: dict[str, deque[Episode]] = {robot: deque() for robot in config.robots}
        self._in_rounds = config.preset.mode == "alternating"

    def add(self, episode: Episode) -> list[Episode]:
        """The episodes that are to be trained on now that this one, of a robot of the run, is there."""
        if not self._in_rounds:
            return [episode]
        self._waiting[episode.robot].append(episode)
        if not all(self._waiting.values()):
            return []
        return [waiting.popleft() for waiting in self._waiting.values()]
