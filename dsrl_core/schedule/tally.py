"""Counts of episodes and successes per group of the schedule."""

import math
from dataclasses import dataclass, replace

from dsrl_core.schedule.groups import ACTOR_SOURCES
from dsrl_core.types import Episode


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the settled episodes of one group."""

    episodes: int = 0
    successes: int = 0
    decisions: int = 0
    env_steps: int = 0
    params_versions: tuple[int, int] | None = None  # lowest and highest that chose noise, None where no actor did
    operated: int = 0  # episodes with an operator's decisions

    @property
    def success(self) -> float | None:
        """Share of successes, None where there were no episodes."""
        return self.successes / self.episodes if self.episodes else None

    @property
    def params_version(self) -> int:
        """The highest version that chose noise, 0 where no actor did."""
        return self.params_versions[1] if self.params_versions else 0

    def plus(self, success: bool, decisions: int, env_steps: int) -> "Tally":
        """The counts with one more episode."""
        return Tally(
            self.episodes + 1,
            self.successes + success,
            self.decisions + decisions,
            self.env_steps + env_steps,
            self.params_versions,
            self.operated,
        )

    def with_episode(self, episode: Episode) -> "Tally":
        """The counts with one more episode, and the versions of the actor that it was played with."""
        versions = actor_versions(episode) | set(self.params_versions or ())
        counted = self.plus(episode.success, episode.decisions, episode.env_steps)
        counted = replace(counted, operated=self.operated + episode.by_operator)
        return replace(counted, params_versions=(min(versions), max(versions))) if versions else counted


def actor_versions(episode: Episode) -> set[int]:
    """The versions of the actor's parameters that chose noise in an episode; empty where no actor did."""
    chosen = zip(episode.noise_sources, episode.params_versions, strict=True)
    return {int(version) for source, version in chosen if source in ACTOR_SOURCES}


def success_interval(successes: int, episodes: int) -> tuple[float, float]:
    """95 % interval of a success rate (Wilson, 1927); holds near 0 and 1 and for few episodes, too.

    Raises:
        ValueError: no episodes.
    """
    if episodes < 1:
        raise ValueError(f"an interval needs episodes >= 1, got {episodes}")
    z, p = 1.959964, successes / episodes
    scale = 1 + z * z / episodes
    middle = (p + z * z / (2 * episodes)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / episodes + z * z / (4 * episodes**2))
    low = 0.0 if successes == 0 else middle - half
    return low, 1.0 if successes == episodes else middle + half
