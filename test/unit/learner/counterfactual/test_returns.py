"""Discounted returns and rank correlation, against numbers found by hand."""

import dataclasses

import numpy as np
import pytest
from builders import make_episode

from dsrl_core.learner.counterfactual.returns import rank_correlation, returns


def test_a_return_is_discounted_by_the_steps_of_each_decision() -> None:
    changes = {"rewards": np.array([-1, -2, 4], np.float32), "n_executed": np.array([4, 2, 1], np.int32)}
    episode = dataclasses.replace(make_episode(), **changes)
    last, middle = 4.0, -2.0 + 0.9**2 * 4.0
    assert returns(episode, 0.9) == pytest.approx([-1.0 + 0.9**4 * middle, middle, last])


def test_ranks_alone_count() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert rank_correlation(x, np.exp(x)) == pytest.approx(1.0)
    assert rank_correlation(x, -x) == pytest.approx(-1.0)
    assert rank_correlation(x, np.array([1.0, 3.0, 2.0, 4.0])) == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_equal_values_share_their_ranks() -> None:
    tied, rising = np.array([5.0, 5.0, 7.0, 8.0]), np.array([1.0, 2.0, 3.0, 4.0])
    ranks = np.array([1.5, 1.5, 3.0, 4.0])
    assert rank_correlation(tied, rising) == pytest.approx(np.corrcoef(ranks, rising)[0, 1])


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0]])
def test_what_does_not_vary_has_none(values: list[float]) -> None:
    assert rank_correlation(np.array(values), np.arange(len(values), dtype=float)) is None
