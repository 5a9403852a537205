"""Whether noise changes what the policy does, before any outcome is looked at."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.preflight.recorded import Parts, Step, steps_of
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong
from dsrl_core.schedule.trials import trial_of
from dsrl_core.types import Episode

LEAST = 0.01  # of the contract's range: mean difference of the first chunks of two vectors
ABOUT = "noise: changes the motion"


def noise(episodes: Sequence[Episode], platform: Platform, parts: Parts) -> Finding:
    """Compare the first chunks of the same start under different constant vectors."""
    low, high = platform.action.bounds()
    differences = [
        float((np.abs(one - other) / (high - low))[:, list(parts.moving)].mean()) for one, other in _pairs(episodes)
    ]
    if not differences:
        return notice(ABOUT, "not known: no start was played under two constant vectors")
    middle = float(np.median(differences))
    words = f"first chunks of two vectors differ by {middle:.1%} of the range (median of {len(differences)} pairs)"
    if middle >= LEAST:
        return ok(ABOUT, words)
    return wrong(ABOUT, words, "see that the policy takes its noise: a server may ignore it (./dsrl serve-policy)")


def _pairs(episodes: Sequence[Episode]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Actions of the first decisions of two vectors from one start, cut to the shorter."""
    starts: dict[int, list[Step]] = {}
    for episode in episodes:
        trial, first = trial_of(episode.group), next(steps_of(episode), None)
        if trial is not None and trial.vector is not None and first is not None:
            starts.setdefault(trial.start, []).append(first)
    for firsts in starts.values():
        for one, other in combinations(firsts, 2):
            count = min(len(one.actions), len(other.actions))
            yield one.actions[:count], other.actions[:count]
