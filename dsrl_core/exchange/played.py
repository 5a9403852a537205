"""The episodes of a recording that are exported, with the pictures that are recorded of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError, among
from dsrl_core.exchange.recorded_pictures import Raw, decoded, recorded_beside
from dsrl_core.training.recordings import Recording
from dsrl_core.types import U8, Episode


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which episodes: of these groups of the schedule (none: all), and successful ones alone or all."""

    groups: tuple[str, ...] = ()
    successes: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """An episode and its pictures, one per view: what was seen at each decision, and at the end."""

    episode: Episode
    pictures: dict[str, U8]  # camera -> [n + 1, h, w, 3]
    whose: str  # who saw pictures of this size: "policy" or "learner"


def played(recording: Recording, wanted: Wanted) -> Iterator[Played]:
    """The wanted episodes in the order in which they came; one at a time is in memory.

    Raises:
        RecordError: an episode is damaged.
        ConfigError: the recording has no such episode; says which groups there are.
    """
    found, groups = 0, set[str]()
    for episode, beside in _with_what_is_beside(recording):
        groups.add(episode.group)
        if (not wanted.groups or episode.group in wanted.groups) and (episode.success or not wanted.successes):
            found += 1
            yield with_pictures(episode, beside, recording.config.platform)
    unknown = [name for name in wanted.groups if name not in groups]
    if unknown:
        raise ConfigError(f"{recording.path} has no group {unknown[0]!r}; {among(unknown[0], sorted(groups))}")
    if not found:
        raise ConfigError(f"{recording.path} has no episode that was asked for: none is a success")


def _with_what_is_beside(recording: Recording) -> Iterator[tuple[Episode, Raw]]:
    merged: Iterator[Raw] | None = None
    for segment, episode in recording.episodes():
        if segment is not None:
            yield episode, next(recorded_beside(segment), {})
            continue
        merged = merged or recorded_beside(recording.path)
        yield episode, next(merged, {})


def with_pictures(episode: Episode, beside: Raw, platform: Platform) -> Played:
    """The pictures as the policy saw them where they are recorded, in the episode or beside it, else the learner's."""
    own, names = episode.policy_images, platform.policy_cameras
    if own is not None:
        return Played(episode, {name: own[:, index] for index, name in enumerate(names)}, "policy")
    found = decoded(beside, episode, tuple(platform.observation.cameras)) or decoded(beside, episode, names)
    if found is not None:
        return Played(episode, found, "policy")
    seen = {name: episode.images[:, index] for index, name in enumerate(platform.learner_cameras)}
    return Played(episode, seen, "learner")
