"""The episodes of a pre-flight on an arm: each start under every noise, until enough was seen. Groups of one episode.

What is played next, and whether anything is, follows from the labelled episodes alone. An episode without a label was
dropped: it does not count, and is played again.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from dsrl_core.config.preset import ScheduleSettings
from dsrl_core.schedule.stopping import Outlook, decided
from dsrl_core.types import NoiseSource

STREAM = "preflight"  # of random keys: its starts are neither trained nor evaluated on
NAME = re.compile(r"preflight_(?P<start>\d+)_(?P<noise>repeated|iid|constant_\d+)")
FRESH = {"repeated": NoiseSource.PRIOR_REPEATED, "iid": NoiseSource.PRIOR_IID}  # noises that are drawn anew


@dataclass(frozen=True, slots=True)
class Trial:
    """One episode of a pre-flight on an arm."""

    start: int  # number of the start: the scene is put alike for every noise
    noise: str  # repeated, iid, constant_<number of the vector>

    @property
    def group(self) -> str:
        """Name of its group."""
        return f"preflight_{self.start}_{self.noise}"

    @property
    def source(self) -> NoiseSource:
        return FRESH.get(self.noise, NoiseSource.CONSTANT)

    @property
    def vector(self) -> int | None:
        """Number of the constant vector, None for a noise that is drawn anew."""
        return None if self.noise in FRESH else int(self.noise.removeprefix("constant_"))


def trial_of(group: str) -> Trial | None:
    """The trial that a group is; None if it is another kind of group."""
    found = NAME.fullmatch(group)
    return None if found is None else Trial(int(found["start"]), found["noise"])


def noises(vectors: int) -> tuple[str, ...]:
    """The noises that are compared, with so many constant vectors."""
    return (*FRESH, *(f"constant_{number}" for number in range(vectors)))


def next_trial(settings: ScheduleSettings, played: Mapping[str, tuple[int, int]]) -> Trial | None:
    """The next trial, None at the end.

    Args:
        settings: `preflight` is the greatest number of episodes, `preflight_vectors` that of constant vectors.
        played: group -> successes and episodes of it so far.
    Returns:
        The first one without a labelled episode. In each start another noise comes first, so that what changes with
        time, such as a person's patience, is no noise's alone.
    """
    starts = outcomes(played)
    total = sum(episodes for _, episodes in starts)
    if total >= settings.preflight or decided(starts) is not Outlook.UNDECIDED:
        return None
    return next(trial for trial in _in_turn(settings.preflight_vectors) if not played.get(trial.group, (0, 0))[1])


def _in_turn(vectors: int) -> Iterator[Trial]:
    """All trials there can be, without an end."""
    compared = noises(vectors)
    for start in count():
        turned = start % len(compared)
        yield from (Trial(start, noise) for noise in (*compared[turned:], *compared[:turned]))


def outcomes(played: Mapping[str, tuple[int, int]]) -> list[tuple[int, int]]:
    """Successes and episodes of each start that was played, in the order of the starts."""
    starts: dict[int, tuple[int, int]] = {}
    for group, (won, episodes) in played.items():
        trial = trial_of(group)
        if trial is not None:
            before = starts.get(trial.start, (0, 0))
            starts[trial.start] = (before[0] + won, before[1] + episodes)
    return [starts[start] for start in sorted(starts)]
