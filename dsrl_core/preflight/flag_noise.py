"""Whether noise changes what the policy does, before any outcome is looked at."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.preflight.recorded import Parts, steps_of
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong
from dsrl_core.schedule.trials import trial_of
from dsrl_core.types import Episode

LITTLE, NONE = 0.05, 0.005  # of their own size: mean difference of the first chunks of two vectors
ABOUT = "noise: changes the motion"


def noise(episodes: Sequence[Episode], platform: Platform, parts: Parts) -> Finding:
    """Compare the first chunks of the same start under different constant vectors."""
    low, high = (bound[list(parts.moving)] for bound in platform.action.bounds())
    differences = [_difference(one, other) for one, other in _pairs(episodes, parts, high - low)]
    if not differences:
        return notice(ABOUT, "not known: no start was played under two constant vectors")
    most = max(differences)  # two vectors may well choose the same
    words = f"first chunks of two vectors differ by up to {most:.1%} of their size ({len(differences)} pairs)"
    if most >= LITTLE:
        return ok(ABOUT, words)
    remedy = "see that the policy takes its noise: a server may ignore it (./dsrl check looks at that)"
    return notice(ABOUT, words, remedy) if most >= NONE else wrong(ABOUT, words, remedy)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    size = (np.abs(one) + np.abs(other)).mean() / 2
    return float(np.abs(one - other).mean() / max(size, 1e-9))


def _pairs(episodes: Sequence[Episode], parts: Parts, scale: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What moves the arm in the first decisions of two vectors from one start, cut to the shorter, over `scale`."""
    starts: dict[int, list[np.ndarray]] = {}
    for episode in episodes:
        trial, first = trial_of(episode.group), next(steps_of(episode), None)
        if trial is not None and trial.vector is not None and first is not None:
            starts.setdefault(trial.start, []).append(first.actions[:, list(parts.moving)] / scale)
    for firsts in starts.values():
        for one, other in combinations(firsts, 2):
            count = min(len(one), len(other))
            yield one[:count], other[:count]
