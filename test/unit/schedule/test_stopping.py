"""The rule that ends a pre-flight on an arm: what it says of worlds that are known, and how often it is wrong."""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.schedule.stopping import LEAST, Outlook, chances, decided

NOISES, AT_MOST, WORLDS = 5, 20, 400
Draw = Callable[[np.random.Generator], list[float]]  # success under each noise from one start
S, G, N, U = Outlook.STEER, Outlook.GOOD, Outlook.NONE, Outlook.UNDECIDED


def whatever(rate: float) -> Draw:
    return lambda random: [rate] * NOISES


def by_start(share: float, high: float, low: float) -> Draw:
    return lambda random: [high if random.random() < share else low] * NOISES


def lit_block(random: np.random.Generator) -> list[float]:
    """Each vector takes one of three blocks, of which one is right; fresh noise takes any."""
    lit = random.integers(3)
    return [1 / 3, 1 / 3, *(float(vector == lit) for vector in range(3))]


def ticket(random: np.random.Generator) -> list[float]:
    """One vector is far better than all others."""
    return [0.1, 0.1, 0.1, 0.1, 0.9]


@lru_cache
def verdict(starts: tuple[tuple[int, int], ...]) -> Outlook:
    return decided(starts)


def played(draw: Draw, random: np.random.Generator) -> tuple[Outlook, int]:
    """What the rule says of a world, and after how many episodes."""
    starts: list[tuple[int, int]] = []
    for episode in range(AT_MOST):
        if episode % NOISES == 0:
            starts.append((0, 0))
            rates = draw(random)
        won = random.random() < rates[episode % NOISES]
        starts[-1] = starts[-1][0] + int(won), starts[-1][1] + 1
        told = verdict(tuple(starts))
        if told is not U:
            return told, episode + 1
    return U, AT_MOST


def simulated(draw: Draw) -> tuple[dict[Outlook, float], float]:
    """Share of each verdict over many worlds of a kind, and the mean number of episodes."""
    random = np.random.default_rng(0)
    runs = [played(draw, random) for _ in range(WORLDS)]
    told = Counter(outlook for outlook, _ in runs)
    return {outlook: told[outlook] / WORLDS for outlook in Outlook}, float(np.mean([count for _, count in runs]))


@pytest.mark.parametrize(
    ("draw", "right", "at_least", "wrong", "episodes"),
    [
        (whatever(0.0), N, 1.0, 0.0, 8.0),
        (whatever(0.03), N, 0.9, 0.02, 11.0),
        (by_start(0.5, 1.0, 0.0), N, 0.85, 0.13, 10.0),
        (by_start(0.5, 0.95, 0.05), N, 0.85, 0.12, 12.0),
        (whatever(1.0), G, 1.0, 0.0, 11.0),
        (whatever(0.95), G, 0.8, 0.03, 14.5),
        (whatever(0.3), S, 0.75, 0.1, 12.0),
        (whatever(0.5), S, 0.85, 0.04, 11.0),
        (lit_block, S, 0.95, 0.02, 11.0),
        (ticket, S, 0.7, 0.05, 14.0),
    ],
    ids=[
        "never",
        "almost_never",
        "start_alone",
        "start_mostly",
        "always",
        "almost_always",
        "third",
        "half",
        "lit_block",
        "ticket",
    ],
)
def test_error_rates_in_worlds_that_are_known(
    draw: Draw, right: Outlook, at_least: float, wrong: float, episodes: float
) -> None:
    shares, mean = simulated(draw)
    print({str(outlook): share for outlook, share in shares.items()}, f"{mean:.1f} episodes")
    assert shares[right] >= at_least
    assert 1 - shares[right] - shares[U] <= wrong
    assert mean <= episodes


def test_worlds_between_two_kinds_are_left_undecided_more_often_than_not_or_told_as_a_neighbour() -> None:
    shares, mean = simulated(whatever(0.9))
    assert shares[N] == 0
    assert shares[S] < 0.15
    assert mean > 14, "the nearer to the border, the longer it takes"


@given(st.lists(st.integers(0, 5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=8))
def test_chances_add_up_and_do_not_hang_on_the_order_of_starts(starts: list[tuple[int, int]]) -> None:
    found = chances(starts)
    assert sum(found.values()) == pytest.approx(1)
    assert chances(starts[::-1]) == pytest.approx(found)


def test_nothing_is_known_beforehand_and_nothing_decided_too_early() -> None:
    assert list(chances([]).values()) == pytest.approx([1 / 3] * 3)
    assert decided([]) is U
    assert decided([(0, 5), (0, LEAST - 6)]) is U
    assert decided([(0, 5), (0, LEAST - 5)]) is N


def test_the_same_counts_mean_another_thing_where_starts_went_both_ways() -> None:
    assert decided([(5, 5), (0, 5)]) is N
    assert decided([(2, 5), (3, 5)]) is S
