"""The guard of a run: which checkpoint is the best, when to go back to it, and whether more episodes are worth it.

A run is seen as its checkpoints: parameters that a selection evaluates, episode by episode from the same starts, in
portions. A pure function of these counts, so that every node and every restart judges alike.

**Worse.** After each portion the present checkpoint is compared with the best one by Fisher's exact test (one-sided;
R. A. Fisher, Statistical Methods for Research Workers, 5th ed., 1934), at the level `alarms` divided by the number of
all comparisons that a run can make: pairs of checkpoints times portions. By Boole's inequality, a run goes back from
parameters that are not worse with a probability of at most `alarms`, whenever one looks, and although the best was
chosen for its successes. That holds for episodes that succeed independently; the same starts make the outcomes of two
checkpoints alike, which leaves fewer false alarms, see `./dsrl bench guard`.

**Best.** The complete selection with the most successes, the latest of equals. All have as many episodes, so that is
also the one with the highest lower bound of its success (Clopper and Pearson, Biometrika 26, 1934).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dsrl_core.config.preset import GuardSettings

NONE = 1e-12  # a probability that is none but for rounding
DOUBT = 0.05  # one minus the confidence of each statement about what more episodes can bring


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Parameters that a selection evaluates, and how it came out so far."""

    after: int  # training episodes, of all robots
    version: int
    successes: int
    episodes: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What a decided selection asks of the learner: to keep the present parameters, or to go back to kept ones."""

    after: int  # training episodes, of all robots
    version: int  # of the parameters that were evaluated
    back_to: int | None  # version of the parameters to go on from; None to keep the evaluated ones

    @property
    def goes_on_as(self) -> int:
        """The version with which the run goes on: going back takes a number of its own, so that none means two things.

        Parameters that were gone back to are those of `back_to`, with a version above every one before it.
        """
        return self.version if self.back_to is None else self.version + 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the decided selections of a run come to."""

    best: Checkpoint | None = None
    gained_after: int = 0  # training episodes at which the success of the best last rose
    since: int = 0  # checkpoints decided after that
    turns: tuple[Turn, ...] = ()  # in the order of the selections
    enough: bool = False  # more episodes are not worth their time

    @property
    def returns(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.back_to is not None)

    @property
    def least_version(self) -> int:
        """The lowest version with which the run may go on."""
        return max((turn.goes_on_as for turn in self.turns), default=0)


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule, for one run."""

    settings: GuardSettings
    size: int  # episodes of a complete selection
    checkpoints: int  # selections of the whole run

    def boundary(self, episodes: int) -> int:
        """Episodes of a selection at the end of the portion that comes after, or holds, so many."""
        portion = self.settings.portion
        return min(self.size, (episodes // portion + 1) * portion)

    def decided(self, best: Checkpoint | None, present: Checkpoint) -> bool:
        """Whether no more episodes of a selection are to be played. Asked with whole portions, and in between: False.

        Not before its end, if the present parameters may still turn out better or worse than the best.
        """
        if present.episodes >= self.size:
            return True
        if best is None or present.episodes % self.settings.portion or not present.episodes:
            return False
        if self.worse(best, present):
            return True
        seen = present.successes, present.episodes
        to_beat, to_fail = best.successes - 1, _most_to_fail(best.successes, self.size, self._level)
        better, worse = 1 - _reach(*seen, self.size, to_beat), _reach(*seen, self.size, to_fail)
        return max(better, worse) <= max(self.settings.futile, NONE)

    def worse(self, best: Checkpoint, present: Checkpoint) -> bool:
        """Whether the present parameters are shown to succeed less often than the best."""
        return _fisher(best.successes, best.episodes, present.successes, present.episodes) <= self._level

    def judge(self, decided: Sequence[Checkpoint], last: int, before: Judgement | None = None) -> Judgement:
        """What decided selections come to.

        Args:
            decided: in the order in which they were played.
            last: training episodes of the whole run; there it goes back to the best in any case.
            before: what those before them came to, None at the beginning.
        """
        found = before or Judgement()
        for present in decided:
            found = self._with(found, present, last)
        return found

    def _with(self, before: Judgement, present: Checkpoint, last: int) -> Judgement:
        best, complete = before.best, present.episodes >= self.size
        rises = best is None or (complete and present.successes > best.successes)
        since, gained = (0, present.after) if rises else (before.since + 1, before.gained_after)
        if best is None or (complete and present.successes >= best.successes):
            best, turns = present, (*before.turns, Turn(present.after, present.version, None))
        else:
            turns = before.turns
        enough = self._enough(best, since)
        ends = present.after >= last or (enough and self.settings.stop)
        if best is not present and (ends or self.worse(best, present)):
            turns = (*turns, Turn(present.after, present.version, best.version))
        return Judgement(best, gained, since, turns, enough)

    def _enough(self, best: Checkpoint, since: int) -> bool:
        """Whether a further checkpoint can be expected to bring no more than is worth its time."""
        return bool(since) and gain_at_most(best, since) <= self.settings.worth

    @property
    def _level(self) -> float:
        pairs = max(1, self.checkpoints * (self.checkpoints - 1) // 2)
        return self.settings.alarms / (pairs * -(-self.size // self.settings.portion))


def gain_at_most(best: Checkpoint, since: int) -> float:
    """What a further checkpoint can be expected to gain over the best, at most: share of episodes.

    The chance that it is better at all, times the room above the best; each at its own bound with 95 % confidence. The
    first is the exact bound of a chance that has failed `since` times in a row (Clopper and Pearson), so it holds where
    the run goes on as it went since the best last rose.
    """
    return chance_at_most(since) * (1 - success_at_least(best.successes, best.episodes))


def chance_at_most(failures: int) -> float:
    """Upper 95 % bound of a chance that has failed so many times and never come."""
    return 1 - DOUBT ** (1 / failures) if failures else 1.0


@lru_cache(maxsize=4096)
def success_at_least(successes: int, episodes: int) -> float:
    """Lower 95 % bound of a success rate (Clopper and Pearson, Biometrika 26, 1934)."""
    low, high = 0.0, successes / episodes
    for _ in range(40):
        middle = (low + high) / 2
        tail = sum(
            math.comb(episodes, k) * middle**k * (1 - middle) ** (episodes - k) for k in range(successes, episodes + 1)
        )
        low, high = (middle, high) if tail < DOUBT else (low, middle)
    return low


@lru_cache(maxsize=65536)
def _fisher(won: int, played: int, won_now: int, played_now: int) -> float:
    """Fisher's exact test: the probability of `won_now` successes or fewer now, if both succeed equally often."""
    total, all_played = won + won_now, played + played_now
    ways = sum(
        math.comb(played_now, k) * math.comb(played, total - k) for k in range(max(0, total - played), won_now + 1)
    )
    return ways / math.comb(all_played, total)


@lru_cache(maxsize=4096)
def _most_to_fail(won: int, size: int, level: float) -> int:
    """The most successes of a complete selection that show it to be worse than one with `won`; -1 where none does."""
    return max((k for k in range(size + 1) if _fisher(won, size, k, size) <= level), default=-1)


@lru_cache(maxsize=65536)
def _reach(won: int, played: int, size: int, most: int) -> float:
    """The probability that a selection of `size` ends with `most` successes or fewer, after `won` of `played`.

    Beta-binomial, with every rate of success equally likely beforehand.
    """
    left = size - played
    front = math.lgamma(played + 2) - math.lgamma(won + 1) - math.lgamma(played - won + 1) - math.lgamma(size + 2)

    def weight(k: int) -> float:
        ways = math.lgamma(won + k + 1) + math.lgamma(size - won - k + 1)
        return math.comb(left, k) * math.exp(front + ways)

    return min(1.0, sum(weight(k) for k in range(min(left, most - won) + 1)))
