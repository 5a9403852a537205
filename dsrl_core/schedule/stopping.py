"""When enough was seen of a base policy under several noises: a Bayesian sequential rule over three kinds of world.

Each start of a pre-flight on an arm is played under several noises. What tells the worlds apart is how many of them
succeed from each start, so the rule needs no more than that.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from dsrl_core.types import F64

SURE = 0.9  # probability of a world at which no further episode is played
LEAST = 8  # episodes before which nothing is decided: two starts are touched then
GOOD = 0.95  # success whatever the noise, where the base is good
NEVER = 0.03  # success whatever the noise, where no noise helps
SLIP = 0.1  # how often chance, or a label, goes against a start that decides alone
RATES = np.arange(0.2, 0.81, 0.1)  # of success under noise that matters; of starts that are solved, where they decide


class Outlook(StrEnum):
    """What a pre-flight with a person's labels comes to."""

    STEER = "steer"  # the same start succeeds under one noise and fails under another
    GOOD = "base is good"  # it succeeds as it is
    NONE = "no noise helps"  # it fails under every noise, or the start alone decides
    UNDECIDED = "undecided"


def chances(starts: Sequence[tuple[int, int]]) -> dict[Outlook, float]:
    """Probability of each kind of world, all three equally likely before the first episode.

    Args:
        starts: successes and episodes of each start that was played.
    Returns:
        For STEER, GOOD and NONE; they add up to 1. In NONE, failing always and starts that decide are equally likely;
        an unknown rate of success, or of starts that are solved, is equally likely any of `RATES`.
    """
    won, played = np.array(starts, np.float64).reshape(-1, 2).T

    def of(rate: float) -> F64:
        """Likelihood of each start, f64[starts], where every episode of it succeeds with this probability."""
        likelihood: F64 = rate**won * (1 - rate) ** (played - won)
        return likelihood

    alone = np.mean([np.prod(rate * of(1 - SLIP) + (1 - rate) * of(SLIP)) for rate in RATES])
    weights = {
        Outlook.STEER: float(np.mean([np.prod(of(rate)) for rate in RATES])),
        Outlook.GOOD: float(np.prod(of(GOOD))),
        Outlook.NONE: float((np.prod(of(NEVER)) + alone) / 2),
    }
    total = sum(weights.values())
    return {outlook: weight / total for outlook, weight in weights.items()}


def decided(starts: Sequence[tuple[int, int]]) -> Outlook:
    """The world that is sure enough to stop, else UNDECIDED. Takes what `chances` takes."""
    if sum(played for _, played in starts) < LEAST:
        return Outlook.UNDECIDED
    found = chances(starts)
    likely = max(found, key=lambda outlook: found[outlook])
    return likely if found[likely] >= SURE else Outlook.UNDECIDED
