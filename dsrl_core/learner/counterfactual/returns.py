"""Discounted returns of recorded episodes, and the rank correlation by which values are held against them."""

import numpy as np

from dsrl_core.types import F64, Episode


def returns(episode: Episode, discount: float) -> F64:
    """What followed each decision: f64[n], R_t = r_t + discount**n_executed_t * R_{t+1}, 0 after the episode's end.

    Of an episode that was cut short by its time-out it is what came until then, though the critics count on.
    """
    followed, rest = np.zeros(episode.decisions), 0.0
    for t in reversed(range(episode.decisions)):
        rest = float(episode.rewards[t]) + discount ** int(episode.n_executed[t]) * rest
        followed[t] = rest
    return followed


def rank_correlation(x: F64, y: F64) -> float | None:
    """Spearman's: the correlation of the ranks of x and y, f64[n]; None where either does not vary."""
    if any(len(np.unique(values)) < 2 for values in (x, y)):
        return None
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: F64) -> F64:
    """The rank of each value; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: F64 = (ends - (counts - 1) / 2)[inverse]
    return shared
