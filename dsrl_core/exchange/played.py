"""The episodes of a recording that are exported, with the pictures that are recorded of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError, among
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
    for _, episode in recording.episodes():
        groups.add(episode.group)
        if (not wanted.groups or episode.group in wanted.groups) and (episode.success or not wanted.successes):
            found += 1
            yield with_pictures(episode, recording.config.platform)
    unknown = [name for name in wanted.groups if name not in groups]
    if unknown:
        raise ConfigError(f"{recording.path} has no group {unknown[0]!r}; {among(unknown[0], sorted(groups))}")
    if not found:
        raise ConfigError(f"{recording.path} has no episode that was asked for: none is a success")


def with_pictures(episode: Episode, platform: Platform) -> Played:
    """The pictures as the policy saw them where they are recorded, else the learner's smaller ones."""
    seen = episode.policy_images
    whose, names, images = (
        ("learner", platform.learner_cameras, episode.images)
        if seen is None
        else ("policy", platform.policy_cameras, seen)
    )
    return Played(episode, {name: images[:, index] for index, name in enumerate(names)}, whose)
