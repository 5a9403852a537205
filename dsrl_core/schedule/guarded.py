"""The guard of a run, asked about the settled episodes: how far a selection goes, and what the selections come to."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.groups import selection_episodes
from dsrl_core.schedule.guard import Checkpoint, Guard, Judgement


class Counts(Protocol):
    """The counts of a group that the guard looks at, over all robots."""

    @property
    def episodes(self) -> int: ...
    @property
    def successes(self) -> int: ...
    @property
    def params_version(self) -> int: ...


Played = Mapping[str, Counts]  # by group, of all robots together


@dataclass(frozen=True, slots=True)
class Guarded:
    """The selections of one run under its guard. Where the guard is off, nothing is judged and all are played whole."""

    config: RunConfig

    @property
    def on(self) -> bool:
        return self.config.preset.schedule.guard.enabled

    @property
    def last(self) -> int:
        """Training episodes of the whole run, in whole rounds."""
        return self._whole_rounds(self.config.preset.schedule.episodes)

    def due(self, rounds: int) -> bool:
        """Whether a selection is due after so many rounds of training: every so often, with a guard also at the end."""
        every = self._whole_rounds(self.config.preset.schedule.select_every)
        trained = rounds * self.config.num_robots
        return bool(every) and (not trained % every or (self.on and trained == self.last))

    def wanted(self, group: str, played: Played) -> int:
        """Episodes of a selection, over all robots, that are to be played before it is looked at again."""
        size = self.config.preset.schedule.select_episodes
        if not self.on:
            return size
        done = played[group].episodes if group in played else 0
        return done if self._decided(group, played) else self._guard.boundary(done)

    def judged(self, played: Played) -> Judgement:
        """What the decided selections come to."""
        return self._guard.judge(list(self._decided_ones(played)), self.last) if self.on else Judgement()

    @property
    def stops(self) -> bool:
        """Whether training ends by itself where more episodes are not worth their time."""
        return self.config.preset.schedule.guard.stop

    def summary(self, played: Played) -> dict[str, Any]:
        """What the selections came to, as `summary.json` has it."""
        judged = self.judged(played)
        best = judged.best
        selections = [counts.episodes for name, counts in played.items() if selection_episodes(name) is not None]
        return {
            "best": None if best is None else dataclasses.asdict(best),
            "returns": [dataclasses.asdict(turn) for turn in judged.returns],
            "no_gain_since": judged.gained_after if judged.since else None,
            "selections_since": judged.since,
            "enough": judged.enough,
            "evaluation_episodes": sum(selections),
        }

    def ended(self, played: Played) -> bool:
        """Whether training has ended early, by itself."""
        return self.stops and self.judged(played).enough

    def _decided(self, group: str, played: Played) -> bool:
        after = selection_episodes(group)
        return any(checkpoint.after == after for checkpoint in self._decided_ones(played))

    def _decided_ones(self, played: Played) -> Iterator[Checkpoint]:
        guard, found = self._guard, Judgement()
        for checkpoint in _checkpoints(played):
            if not guard.decided(found.best, checkpoint):
                return
            found = guard.judge([checkpoint], self.last, found)
            yield checkpoint

    @property
    def _guard(self) -> Guard:
        schedule = self.config.preset.schedule
        every = self._whole_rounds(schedule.select_every)
        at_the_start = bool(self.config.preset.start_from)
        checkpoints = -(-self.last // every) + at_the_start if every else 0
        return Guard(schedule.guard, schedule.select_episodes, checkpoints)

    def _whole_rounds(self, episodes: int) -> int:
        robots = self.config.num_robots
        return -(-episodes // robots) * robots


def _checkpoints(played: Played) -> list[Checkpoint]:
    """The selections that have begun, in order."""
    found = [(selection_episodes(name), counts) for name, counts in played.items()]
    begun = {after: counts for after, counts in found if after is not None and counts.episodes}
    return [
        Checkpoint(after, begun[after].params_version, begun[after].successes, begun[after].episodes)
        for after in sorted(begun)
    ]
