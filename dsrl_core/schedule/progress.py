"""How far a robot has come: counts of the settled episodes of each group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dsrl_core.schedule.groups import TRAIN
from dsrl_core.types import Episode


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """Counts of the settled episodes of one group, of one robot or of all."""

    episodes: int = 0
    successes: int = 0
    transitions: int = 0
    params_version: int = 0  # newest of the actor in the last episode, 0 where no decision was the actor's
    next_index: int = 0  # after the highest index that was settled or dropped
    to_clone: int = 0  # episodes up to the first with an operator's decisions that can be cloned, 0: there is none

    @property
    def success(self) -> float:
        return self.successes / self.episodes if self.episodes else 0.0


Progress = Mapping[str, GroupProgress]  # by group, of one robot


def settled(progress: Progress, episode: Episode) -> dict[str, GroupProgress]:
    """The progress with one more settled episode."""
    old = progress.get(episode.group, GroupProgress())
    version = int(max(episode.params_versions)) if episode.decisions else 0
    new = GroupProgress(
        old.episodes + 1,
        old.successes + int(episode.success),
        old.transitions + episode.decisions,
        version,
        max(old.next_index, episode.index + 1),
        old.to_clone or (old.episodes + 1) * bool(episode.to_clone.any()),
    )
    return {**progress, episode.group: new}


def dropped(progress: Progress, group: str, index: int) -> dict[str, GroupProgress]:
    """The progress after a dropped episode: it is not counted, but its index, and so its start, is not used again."""
    old = progress.get(group, GroupProgress())
    return {**progress, group: replace(old, next_index=max(old.next_index, index + 1))}


def merge(robots: Iterable[Progress]) -> dict[str, GroupProgress]:
    """The progress of several robots added up."""
    merged: dict[str, GroupProgress] = {}
    for group, tally in (item for progress in robots for item in progress.items()):
        old = merged.get(group, GroupProgress())
        merged[group] = GroupProgress(
            old.episodes + tally.episodes,
            old.successes + tally.successes,
            old.transitions + tally.transitions,
            max(old.params_version, tally.params_version),
            max(old.next_index, tally.next_index),
            min(filter(None, (old.to_clone, tally.to_clone)), default=0),
        )
    return merged


def trained(progress: Progress) -> GroupProgress:
    """The progress of the training group."""
    return progress.get(TRAIN, GroupProgress())
