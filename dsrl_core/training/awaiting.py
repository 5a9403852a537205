"""Which episode a learner awaits, and what it says of those that it does not take: one line while that lasts.

Steering sends its episodes again, in order, until the learner has them; the learner needs no words then. Whoever plays
a bag into a learner sends each of them once, and from wherever the player begins.
"""

from collections.abc import Iterator
from pathlib import Path

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import excerpt
from dsrl_core.record.digest import episode_sha256
from dsrl_core.record.segment import read_merged
from dsrl_core.run.progress import RunProgress
from dsrl_core.schedule.rounds import planned
from dsrl_core.types import Episode

LONGEST = 80  # characters of another run's name that are told


class Awaiting:
    """Knows which episode comes next: by the run's schedule, or exactly where a bag is played into the learner."""

    def __init__(self, config: RunConfig, progress: RunProgress, bag: Path | None = None) -> None:
        """What a learner has and is to get.

        Args:
            config: of the run.
            progress: of its folder, which goes on counting.
            bag: the merged bag that somebody plays; None in a graph, where steering sends episodes.
        Raises:
            RecordError: the bag is damaged, holds no episode, or is not there.
        """
        self.bag = bag
        self._config, self._progress = config, progress
        self._rest: Iterator[Episode] = iter(()) if bag is None else read_merged(bag)
        self._next: Episode | None = None
        self._known: dict[tuple[str, int], tuple[int, str]] = {}  # place and digest of the bag's, up to the next one
        self._said: set[str] = set()
        self._again = -1  # place of the last recorded one that was heard again
        self._look_ahead()

    @property
    def words(self) -> str:
        """The episodes that come next, for people; empty where none is to come."""
        plans = {robot: planned(self._config, self._progress.by_robot, robot) for robot in self._config.robots}
        if self.bag is not None:
            self._look_ahead()
            rest = f"the rest of the run, which {self.bag} does not hold" if any(plans.values()) else ""
            return rest if self._next is None else _name(self._next)
        due = [(robot, plan) for robot, plan in plans.items() if plan is not None]
        last = self._progress.last_episode
        return ", ".join(f"episode {last.get(r, -1) + 1} of {r} ({plan.group} {plan.index})" for r, plan in due)

    def refusal(self, episode: Episode) -> str | None:
        """Why an episode of this run is not the one that comes next, to be asked before it is recorded.

        Returns:
            None where it is. Else a line for people: empty where it was told before or goes without saying.
        """
        if self.bag is None:
            return self._of_steering(episode)
        self._look_ahead()
        place, digest = self._known.get((episode.robot, episode.episode), (0, ""))
        if not digest:
            return self._early(episode)
        if digest != episode_sha256(episode):
            line = f"heard {_name(episode)} of another run of this name: play {self.bag}; {self.words} comes next"
            return self._once("other", line)
        return self._repeated(episode, place) if self._progress.has(episode) else None

    def foreign(self, run_id: str) -> str:
        """The line for episodes of another run; empty where it was told before."""
        if run_id in self._said:
            return ""
        self._said.add(run_id)
        return (
            f"heard a player of run {excerpt(run_id, LONGEST)!r}, but {self.words} of run {self._config.run_id!r} "
            f"comes next: end that player and play {self.bag}"
        )

    def _look_ahead(self) -> None:
        """Go on in the bag to the first episode that is not recorded."""
        while self.bag is not None and (self._next is None or self._progress.has(self._next)):
            self._next = next(self._rest, None)
            if self._next is None:
                return
            key = (self._next.robot, self._next.episode)
            self._known[key] = (len(self._known), episode_sha256(self._next))

    def _of_steering(self, episode: Episode) -> str | None:
        known = episode.robot in self._config.robots
        if not known or self._progress.follows(episode):
            return None
        return "" if self._progress.has(episode) else self._early(episode)

    def _early(self, episode: Episode) -> str:
        remedy = (
            "steering sends it again, a player of a bag has to begin anew"
            if self.bag is None
            else "the player was there before this learner, began in the middle, or lost some; play the bag again from "
            "its beginning, what is recorded is passed over"
        )
        return self._once("early", f"heard {_name(episode)}, but {self.words} comes next: {remedy}")

    def _repeated(self, episode: Episode, place: int) -> str:
        """The line for a recorded episode: told at the first of each playing."""
        before, self._again = self._again, place
        if 0 <= before < place:
            return ""
        return f"heard {_name(episode)} again: what is recorded is passed over; {self.words} comes next"

    def _once(self, about: str, line: str) -> str:
        """The line, empty where one about this was told since the last episode was recorded."""
        key = f"{about} {self.words}"
        if key in self._said:
            return ""
        self._said.add(key)
        return line


def _name(episode: Episode) -> str:
    return f"episode {episode.episode} of {episode.robot} ({episode.group} {episode.index})"
