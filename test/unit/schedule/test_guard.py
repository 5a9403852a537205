"""The guard's rule: what is worse, what is the best, when a selection ends, and when more episodes are not worth it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.app.bench.guard import CURVES, played
from dsrl_core.config.preset import GuardSettings
from dsrl_core.schedule.guard import (
    Checkpoint,
    Guard,
    Judgement,
    Turn,
    chance_at_most,
    gain_at_most,
    success_at_least,
)

GUARD = Guard(GuardSettings(enabled=True), size=50, checkpoints=10)
LAST = 1000


def judged(*successes: int, guard: Guard = GUARD, last: int = LAST) -> Judgement:
    """Complete selections with so many successes, one after every 50 episodes, at 100 gradient steps each."""
    checkpoints = [Checkpoint(50 * n, 100 * n, won, guard.size) for n, won in enumerate(successes, start=1)]
    return guard.judge(checkpoints, last)


def test_fishers_test_is_fishers():
    """His tea: 3 of 4 cups and 1 of 4 are told apart by chance in 17 of 70 cases (The Design of Experiments, 1935)."""
    best, present = Checkpoint(1, 1, 3, 4), Checkpoint(2, 2, 1, 4)
    for alarms, shown in ((17 / 70 + 1e-9, True), (17 / 70 - 1e-9, False)):
        guard = Guard(GuardSettings(enabled=True, portion=4, alarms=alarms), size=4, checkpoints=2)
        assert guard.worse(best, present) is shown


def test_the_level_is_shared_by_all_pairs_and_portions():
    best, present = Checkpoint(1, 1, 50, 50), Checkpoint(2, 2, 40, 50)
    alone = Guard(GuardSettings(enabled=True, portion=50), size=50, checkpoints=2)
    assert alone.worse(best, present), "p = 0.0006"
    assert not GUARD.worse(best, present), "0.05 / 45 pairs / 10 portions"
    assert GUARD.worse(best, Checkpoint(2, 2, 34, 50))


def test_bounds_of_a_success_rate():
    assert success_at_least(50, 50) == pytest.approx(0.05 ** (1 / 50), abs=1e-9)
    assert success_at_least(0, 50) == 0
    assert success_at_least(9, 10) == pytest.approx(0.6058, abs=1e-4)  # tables of Clopper and Pearson
    assert [chance_at_most(n) for n in (0, 1, 5)] == [1.0, pytest.approx(0.95), pytest.approx(1 - 0.05**0.2)]


def test_a_run_goes_back_from_what_is_worse_and_keeps_what_is_as_good():
    found = judged(40, 48, 45, 20, 48)
    assert [(turn.after, turn.back_to) for turn in found.turns] == [(50, None), (100, None), (200, 200), (250, None)]
    assert found.best == Checkpoint(250, 500, 48, 50), "the latest of equals"
    assert (found.gained_after, found.since) == (100, 3)
    assert found.least_version == 500


def test_going_back_takes_a_number_that_no_parameters_had():
    turn = judged(48, 20).returns[0]
    assert turn == Turn(100, 200, 100)
    assert turn.goes_on_as == 201
    assert judged(48, 20).least_version == 201


def test_at_the_end_a_run_goes_back_to_the_best_in_any_case():
    assert not judged(48, 47).returns
    assert judged(48, 47, last=100).returns == (Turn(100, 200, 100),)
    assert not judged(47, 48, last=100).returns


def test_a_selection_ends_where_nothing_can_be_shown_any_more():
    best = Checkpoint(50, 100, 48, 50)
    assert not GUARD.decided(None, Checkpoint(100, 200, 0, 45)), "the first is played whole"
    assert GUARD.decided(None, Checkpoint(100, 200, 0, 50))
    assert not GUARD.decided(best, Checkpoint(100, 200, 0, 4)), "in the middle of a portion"
    assert GUARD.decided(best, Checkpoint(100, 200, 2, 15)), "worse"
    assert not GUARD.decided(best, Checkpoint(100, 200, 15, 15)), "may be better"
    assert not GUARD.decided(best, Checkpoint(100, 200, 9, 15)), "may be worse"
    assert GUARD.decided(best, Checkpoint(100, 200, 26, 30)), "neither"
    whole = Guard(GuardSettings(enabled=True, futile=0), size=50, checkpoints=10)
    assert not whole.decided(best, Checkpoint(100, 200, 26, 30))
    assert whole.decided(best, Checkpoint(100, 200, 42, 45)), "not even if all others succeed, or fail"


def test_portions_end_with_the_selection():
    guard = Guard(GuardSettings(enabled=True, portion=5), size=12, checkpoints=3)
    assert [guard.boundary(done) for done in (0, 3, 5, 9, 10, 11)] == [5, 5, 10, 10, 12, 12]


def test_a_person_is_told_once_little_can_be_expected():
    at_the_top = judged(50, 50, 50)
    assert (at_the_top.since, at_the_top.enough) == (2, True)
    assert not judged(50).enough, "nothing was tried since"
    assert not judged(30, 29, 28, 27, 26).enough, "there is room, and it was tried four times"
    best = Checkpoint(1, 1, 30, 50)
    assert gain_at_most(best, 4) == pytest.approx((1 - 0.05**0.25) * (1 - success_at_least(30, 50)))
    never = Guard(GuardSettings(enabled=True, worth=0), size=50, checkpoints=10)
    assert not judged(*[50] * 9, guard=never).enough


def test_a_run_that_stops_by_itself_ends_with_the_best():
    guard = Guard(GuardSettings(enabled=True, stop=True), size=50, checkpoints=10)
    found = judged(50, 49, 48, guard=guard)
    assert found.enough
    assert found.returns[-1].back_to == 100


@given(st.lists(st.integers(0, 50), max_size=9), st.integers(0, 9))
def test_what_was_judged_stays_when_more_is_played(successes: list[int], cut: int):
    before, after = judged(*successes[:cut]), judged(*successes)
    assert after.turns[: len(before.turns)] == before.turns
    versions = [turn.goes_on_as for turn in after.turns]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_false_alarms_stay_within_their_bound(shared: float):
    """A loose level, so that there are some: ten equal checkpoints, of which each may be the best one by chance."""
    guard = Guard(GuardSettings(enabled=True, alarms=0.5), size=50, checkpoints=10)
    runs = [played(guard, CURVES["stationary"], np.random.default_rng(seed), shared) for seed in range(200)]
    alarms = np.mean([run.false_alarm for run in runs])
    assert alarms <= 0.5 + 2 * math.sqrt(0.25 / 200)


def test_the_best_of_a_run_that_collapses_is_returned_to():
    runs = [played(GUARD, CURVES["collapse"], np.random.default_rng(seed), 0.5) for seed in range(50)]
    assert np.mean([run.final for run in runs]) > 0.88
    assert np.mean([run.unguarded for run in runs]) < 0.75
