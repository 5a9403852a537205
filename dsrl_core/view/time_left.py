"""How long a run still takes: the episodes that its schedule still has, by the pace of the last ones."""

from collections import deque
from collections.abc import Mapping

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.groups import FINAL, GOLDEN, TRAIN, Kind, base_groups, group_of, selection
from dsrl_core.schedule.guarded import Guarded
from dsrl_core.schedule.progress import GroupProgress, Progress
from dsrl_core.schedule.schedule import Schedule

WINDOW = 20  # last episodes whose time counts
FEWEST = 3  # episodes after which a pace is told


def remaining(config: RunConfig, played: Progress) -> dict[str, int]:
    """Episodes that each group still has, over all robots.

    It is the most that may come: under a guard training may end earlier and selections are mostly cut short. Left out
    is the evaluation of the best checkpoint, which only some runs play.

    Args:
        config: of the run.
        played: by group, of all robots together.
    """
    schedule = Schedule(config)
    if config.preset.schedule.preflight:
        done = sum(tally.episodes for tally in played.values())
        return {"preflight": max(0, config.preset.schedule.preflight - done)}
    groups = [group.name for group in base_groups(config.preset.schedule.baselines)]
    groups += [GOLDEN] if config.preset.schedule.golden else []
    left = {name: schedule.size(name) for name in [*groups, TRAIN, *_selections(config), FINAL]}
    left = {name: max(0, size - played.get(name, GroupProgress()).episodes) for name, size in left.items()}
    if Guarded(config).ended(played):
        left = {**left, TRAIN: 0}
    return left


def _selections(config: RunConfig) -> list[str]:
    rounds = range(1, Schedule(config).size(TRAIN) // config.num_robots + 1)
    return [selection(number * config.num_robots) for number in rounds if Guarded(config).due(number)]


class Pace:
    """The time between two settled episodes, in training and in evaluation, over all robots."""

    def __init__(self) -> None:
        self._durations: dict[bool, deque[float]] = {True: deque(maxlen=WINDOW), False: deque(maxlen=WINDOW)}

    def add(self, group: str, duration_s: float) -> None:
        """Take the wall-clock time from the episode before to one of this group, s."""
        self._durations[_trains(group)].append(duration_s)

    def time_left_s(self, left: Mapping[str, int]) -> float | None:
        """The time that so many episodes of each group take, s; None where too few were played to tell."""
        means = {trains: self._mean(trains) for trains in (True, False)}
        if means[False] is None:  # training takes longer, as gradient steps are taken in between
            means[False] = means[True]
        total = 0.0
        for trains, mean in means.items():
            episodes = sum(count for group, count in left.items() if _trains(group) is trains)
            if episodes and mean is None:
                return None
            total += episodes * (mean or 0.0)
        return total

    def _mean(self, trains: bool) -> float | None:
        durations = self._durations[trains]
        return sum(durations) / len(durations) if len(durations) >= FEWEST else None


def _trains(group: str) -> bool:
    return group_of(group).kind is Kind.TRAINING
