"""Which trajectories are followed, which are refused, and that the setpoint always ends at rest."""

from dataclasses import replace

import numpy as np
import pytest
from fci_samples import FR3, PERIOD_S, planned, trajectory
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl_ros.robot_ends.fci.follower import TICK_S, Follower

SOUND = trajectory((0.2, 0.01, 0.1), (0.4, 0.03, 0.1), (0.8, 0.05, 0.0))


@pytest.fixture
def follower() -> Follower:
    return Follower(FR3, FR3.home)


def test_a_sound_trajectory_is_followed_and_held_at_its_stop(follower: Follower) -> None:
    assert follower.follow(1.0, SOUND, 1.0) == ""
    np.testing.assert_allclose(follower.at(1.4), SOUND.positions[1], atol=1e-9)
    assert not follower.at_rest(1.799)
    for late in (1.8, 2.0, 60.0):
        assert follower.at_rest(late)
        np.testing.assert_array_equal(follower.at(late), SOUND.positions[2])


REFUSED = {
    "past, by 1.200 s": (3.0, SOUND),
    "begins 4.000 s from now": (-3.0, SOUND),
    "not finite": (1.0, replace(SOUND, positions=np.where(SOUND.positions == SOUND.positions[0, 0], np.nan, 0.0))),
    "velocities of its last knot are not 0": (1.0, replace(SOUND, velocities=SOUND.velocities[[0, 1, 1]])),
    "times do not rise": (1.0, replace(SOUND, times_s=SOUND.times_s[::-1])),
    "fr3_joint4 would go to": (1.0, trajectory((2.0, 2.5, 0.0), joint=3)),
    "rad/s^2, allowed: 10; its first knot lies 0.500 rad away and 0.067 s ahead": (
        1.0,
        trajectory((PERIOD_S, 0.5, 0.0)),
    ),
    "rad/s more than its position permits": (1.0, trajectory((1.6, 2.5, 0.0))),
    "rad/s^3, allowed: 5000": (1.0, trajectory((0.015, 0.00038, 0.0))),
    "expected knots of 7 joints": (1.0, replace(SOUND, positions=SOUND.positions[:, :6])),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_trajectory_is_refused_and_nothing_changes(follower: Follower, why: str) -> None:
    now_s, wrong = REFUSED[why]
    assert why in follower.follow(now_s, wrong, 1.0)
    assert follower.at_rest(now_s)
    np.testing.assert_array_equal(follower.at(now_s + 0.1), FR3.home)


@pytest.mark.parametrize("ahead_s", [0.0101, 0.02, 0.06])
def test_a_jump_within_a_short_piece_is_seen(follower: Follower, ahead_s: float) -> None:
    wrong = trajectory((ahead_s, 0.01, 0.0), (0.5, 0.01, 0.0))
    assert "rad/s^2, allowed: 10; its first knot lies 0.010 rad away" in follower.follow(1.0, wrong, 1.0)


def test_a_knot_that_is_all_but_reached_is_left_out(follower: Follower) -> None:
    follower.follow(1.0, SOUND, 1.0)
    shifted = trajectory((0.2005, 0.01005, 0.1), (0.4, 0.03, 0.1), (0.8, 0.05, 0.0))
    assert follower.follow(1.195, shifted, 1.0) == ""
    np.testing.assert_allclose(follower.at(1.4), SOUND.positions[1], atol=1e-9)


def test_a_refused_trajectory_leaves_the_one_before_it(follower: Follower) -> None:
    follower.follow(1.0, SOUND, 1.0)
    before = [follower.at(1.2 + k * TICK_S) for k in range(50)]
    assert follower.follow(1.2, trajectory((0.05, 0.6, 0.0)), 1.2)
    np.testing.assert_array_equal(before, [follower.at(1.2 + k * TICK_S) for k in range(50)])


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 900))
def test_braking_ends_at_rest_within_half_the_limits_from_anywhere_in_a_stream(seed: int, after_ms: int) -> None:
    follower, now_s = Follower(FR3, FR3.home), 0.0
    for message in planned(12, seed):
        if message.start_ns * 1e-9 > after_ms * TICK_S:
            break
        now_s = message.start_ns * 1e-9
        assert follower.follow(now_s, message, now_s) == ""
    now_s = max(now_s, after_ms * TICK_S)
    here, end_s = follower.state(now_s), follower._track.end_s
    follower.brake(now_s)
    times = now_s + np.arange(0.0, 1.5, 2 * TICK_S)
    positions, velocities, accelerations = follower._track.samples(times)
    assert follower.at_rest(max(end_s, now_s))  # no later than without braking
    for before, after in zip(here, (positions[0], velocities[0], accelerations[0]), strict=True):
        np.testing.assert_allclose(before, after, atol=1e-6)
    assert np.abs(accelerations).max() <= 9.0  # of a stream, whose own stop is not limited to a half
    assert np.abs(velocities[-1]).max() == 0.0


def test_braking_shortens_a_long_way(follower: Follower) -> None:
    assert follower.follow(0.0, trajectory((5.0, 1.0, 0.0)), 0.0) == ""
    follower.brake(2.5)
    assert follower.at_rest(3.1)
    assert 0.5 < follower.at(4.0)[0] < 0.7
