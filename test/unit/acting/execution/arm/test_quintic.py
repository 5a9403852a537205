"""A track is smooth across replacements, and takes messages as a joint trajectory controller does."""

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.quintic import Knot, Track


def knot(time_s: float, position: float, velocity: float = 0.0) -> Knot:
    return Knot(time_s, np.array([position, -position]), np.array([velocity, -velocity]))


def test_it_rests_where_it_was_made():
    track = Track(np.array([0.5, -0.5]))
    for state, expected in zip(track.sample(3.0), ([0.5, -0.5], [0, 0], [0, 0]), strict=True):
        assert state.tolist() == expected
    assert track.end_s == -np.inf


def test_it_goes_through_its_knots_without_acceleration_there_and_rests_at_the_last():
    track = Track(np.zeros(2))
    assert track.replace(1.0, [knot(1.5, 0.1, 0.4), knot(2.0, 0.2)])
    positions, velocities, accelerations = track.samples(np.array([1.0, 1.5, 2.0, 9.0]))
    np.testing.assert_allclose(positions[:, 0], [0, 0.1, 0.2, 0.2], atol=1e-12)
    np.testing.assert_allclose(velocities[:, 1], [0, -0.4, 0, 0], atol=1e-12)
    np.testing.assert_allclose(accelerations, 0, atol=1e-9)
    assert track.end_s == 2.0


def test_what_it_says_of_velocity_and_acceleration_is_the_derivative_of_its_position():
    track = Track(np.zeros(2))
    track.replace(0.0, [knot(0.3, 0.1, 0.5), knot(0.7, 0.2)])
    times = np.arange(0, 0.8, 1e-4)
    positions, velocities, accelerations = track.samples(times)
    np.testing.assert_allclose(np.gradient(positions, times, axis=0)[1:-1], velocities[1:-1], atol=1e-5)
    np.testing.assert_allclose(np.gradient(velocities, times, axis=0)[1:-1], accelerations[1:-1], atol=1e-2)


def test_replacing_keeps_position_velocity_and_acceleration():
    track = Track(np.zeros(2))
    track.replace(0.0, [knot(0.3, 0.1, 0.5), knot(0.7, 0.2)])
    before = track.sample(0.17)
    track.replace(0.17, [knot(0.4, 0.0, 0.2), knot(0.9, 0.1)])
    np.testing.assert_allclose(np.stack(track.sample(0.17)), np.stack(before), atol=1e-12)


def test_a_message_that_begins_with_the_knots_ahead_changes_nothing_of_the_motion_to_them():
    track, other = Track(np.zeros(2)), Track(np.zeros(2))
    knots = [knot(0.3, 0.1, 0.5), knot(0.6, 0.2, 0.1), knot(0.7, 0.2)]
    track.replace(0.0, knots)
    other.replace(0.0, knots)
    other.replace(0.21, [*knots[:2], knot(1.0, 0.3)])
    times = np.arange(0.21, 0.6, 0.01)
    np.testing.assert_allclose(other.samples(times)[0], track.samples(times)[0], atol=1e-12)


def test_knots_that_are_past_are_left_out_and_a_message_of_such_alone_is_rejected():
    track = Track(np.zeros(2))
    assert track.replace(1.0, [knot(0.5, 9.0, 9.0), knot(2.0, 0.2)])
    assert track.sample(1.5)[0][0] == pytest.approx(0.1)
    assert not track.replace(1.5, [knot(1.2, 5.0, 1.0), knot(1.5, 6.0)])
    assert track.sample(2.0)[0][0] == pytest.approx(0.2)


def test_unsound_messages_are_refused():
    track = Track(np.zeros(2))
    with pytest.raises(ValueError, match="rising times"):
        track.replace(0.0, [knot(0.5, 0.1), knot(0.5, 0.2)])
    with pytest.raises(ValueError, match="rest at the last one"):
        track.replace(0.0, [knot(0.5, 0.1, 0.3)])
    assert track.sample(0.3)[0].tolist() == [0, 0]
