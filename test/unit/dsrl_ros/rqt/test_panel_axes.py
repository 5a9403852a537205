"""Axes of the panel's charts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_ros.rqt.axes import bounds, in_words, pieces, ticks

FINITE = st.floats(-1e9, 1e9)


@given(st.lists(st.one_of(FINITE, st.just(math.nan), st.just(math.inf))))
def test_an_axis_shows_every_finite_value(values: list[float]) -> None:
    low, high = bounds(values)
    assert low < high
    assert all(low <= value <= high for value in values if math.isfinite(value))


def test_ends_that_are_given_are_kept() -> None:
    assert bounds([0.2, 0.4], 0.0, 1.0) == (0.0, 1.0)
    assert bounds([], low=0.0)[0] == 0.0
    assert bounds([5.0], high=5.0) == pytest.approx((3.95, 5.0))
    assert bounds([7.0], 7.0, 7.0) == (6.0, 7.0)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_few_round_and_within(low: float, width: float, most: int) -> None:
    found = ticks(low, low + width, most)
    assert len(found) <= most + 1
    step = 10 ** math.floor(math.log10(width / most))
    for tick in found:
        assert low - width / 1e3 <= tick <= low + width * 1.001
        assert abs(tick / step - round(tick / step)) < 1e-3


def test_ticks_of_per_cent_and_of_episodes() -> None:
    assert ticks(0.0, 1.0, 4) == pytest.approx([0.0, 0.5, 1.0])
    assert ticks(1, 77, 4) == [20, 40, 60]


@pytest.mark.parametrize(
    ("value", "words"), [(3.0, "3"), (0.45231, "0.452"), (math.nan, "-"), (-2.31, "-2.31"), (1e7, "1e+07")]
)
def test_numbers_in_words(value: float, words: str) -> None:
    assert in_words(value) == words


def test_a_gap_parts_a_line() -> None:
    points = [(0.0, math.nan), (1.0, 5.0), (2.0, 6.0), (3.0, math.nan), (4.0, math.nan), (5.0, 7.0)]
    assert pieces(points) == [[(1.0, 5.0), (2.0, 6.0)], [(5.0, 7.0)]]
    assert pieces([]) == []
