"""Each motion rail alone: what it lets through, what it scales, and that the way back is free."""

import numpy as np
import pytest

from dsrl_core.acting.execution.rails import acceleration, joint_range, joint_speed
from dsrl_core.acting.execution.rails import workspace as workspace_rail

LOW, HIGH = np.array([-1.0, -2.0]), np.array([1.0, 2.0])
ALLOWED = np.array([0.8, 1.2])


def test_rail_3_takes_the_narrower_of_the_allowed_speed_and_a_share_of_the_arms():
    low, high = joint_speed.bounds(ALLOWED, np.array([-2.0, -0.5]), np.array([0.5, 2.0]))
    np.testing.assert_allclose([low, high], [[-0.8, -0.4], [0.4, 1.2]])


def test_rail_3_scales_all_joints_together():
    low, high = -ALLOWED, ALLOWED
    np.testing.assert_allclose(joint_speed.scaled(np.array([1.6, -0.6]), low, high), [0.8, -0.3])
    np.testing.assert_allclose(joint_speed.scaled(np.array([0.8, -1.2]), low, high), [0.8, -1.2])
    np.testing.assert_allclose(joint_speed.scaled(np.array([0.2, 0.1]), low, np.array([0.0, 1.2])), [0, 0], atol=1e-8)
    assert joint_speed.holds(np.array([[0.8, 1.2], [0.81, 0], [0, -1.3]]), low, high).tolist() == [True, False, False]


EVEN, WEIGHTLESS = np.full(2, 5.0), np.zeros((2, 2))
HEAVY = acceleration.load(np.array([[4.0, 1.0], [1.0, 0.5]]), np.full(2, 1000.0))


def test_rail_4_scales_the_change_and_keeps_its_direction():
    before = np.array([0.2, 0.0])
    after = acceleration.scaled(before, np.array([1.2, -0.5]), 0.1, EVEN, WEIGHTLESS)
    np.testing.assert_allclose(after, [0.7, -0.25])
    near = np.array([0.3, 0.1])
    np.testing.assert_allclose(acceleration.scaled(before, near, 0.1, EVEN, WEIGHTLESS), near)
    np.testing.assert_allclose(acceleration.scaled(before, near, 0.1, np.array([5.0, 0.5]), WEIGHTLESS), [0.25, 0.05])


def test_rail_4_keeps_the_change_of_torques_to_its_share():
    before, wanted = np.array([0.1, 0.0]), np.array([0.5, 0.2])
    after = acceleration.scaled(before, wanted, 1 / 15, EVEN, HEAVY)
    jerk = 6 * (after - before) * 15**2  # of a quintic without accelerations at its ends
    assert np.abs(np.array([[4.0, 1.0], [1.0, 0.5]]) @ jerk).max() == pytest.approx(800.0)
    assert np.ptp((after - before) / (wanted - before)) == pytest.approx(0.0)


def test_rail_4_brakes_all_joints_together_down_to_rest():
    np.testing.assert_allclose(acceleration.braked(np.array([1.0, -0.5]), 0.1, EVEN, WEIGHTLESS), [0.5, -0.25])
    np.testing.assert_allclose(acceleration.braked(np.array([0.4, -0.5]), 0.1, EVEN, WEIGHTLESS), [0, 0])


@pytest.mark.parametrize("load", [WEIGHTLESS, HEAVY])
def test_braking_step_by_step_is_over_in_the_time_that_rail_5_counts_with(load: np.ndarray):
    velocities, period_s, taken_s = np.array([0.6, -0.3]), 1 / 15, 0.0
    longest = acceleration.brake_time(velocities, period_s, EVEN, load).item()
    way = np.zeros(2)
    while np.abs(velocities).max() > 1e-9:
        after = acceleration.braked(velocities, 0.9 * period_s, EVEN, load)
        way += (velocities + after) / 2 * 0.9 * period_s
        velocities, taken_s = after, taken_s + 0.9 * period_s
    assert taken_s <= longest + period_s
    assert abs(way[0]) <= 0.6 * longest / 2
    level, ramp = acceleration.stop_spans(np.array([0.6, -0.3]), np.full(2, 7.5), load)
    assert level + ramp <= longest, "a message's stop is shorter"


def test_a_stop_is_a_trapezoid_within_deceleration_jerk_and_the_change_of_torques():
    hard = np.array([7.5, 8.5])
    level, ramp = acceleration.stop_spans(np.array([0.8, 0.1]), hard, WEIGHTLESS)
    assert 0.8 / level == pytest.approx(7.5)
    assert 0.8 / (level * ramp) == pytest.approx(600.0)
    level, ramp = acceleration.stop_spans(np.array([0.1, 1.2]), hard, WEIGHTLESS)
    assert 1.2 / level == pytest.approx(8.5)
    level, ramp = acceleration.stop_spans(np.array([0.8, 0.1]), hard, HEAVY)
    assert np.abs(HEAVY @ np.array([0.8, 0.1])).max() == pytest.approx(level * ramp)
    level, ramp = acceleration.stop_spans(np.array([0.1, 0.0]), hard, HEAVY)
    assert level == ramp, "without a plateau where it is short"
    assert acceleration.stop_spans(np.zeros(2), hard, HEAVY) == (0.02, 0.01), "and takes a least time"


@pytest.mark.parametrize(
    ("rest", "wanted", "got"),
    [
        (0.0, 0.8, 0.8),  # far
        (0.85, 0.8, 0.4),  # halfway between 0.2 and 0.1 rad from the limit
        (0.9, 0.8, 0.0),
        (0.97, 0.8, 0.0),
        (0.97, -0.8, -0.8),  # inward
        (-0.85, -0.8, -0.4),
        (1.2, -0.8, -0.8),
    ],
)
def test_rail_5_slows_towards_a_limit_and_frees_the_way_back(rest: float, wanted: float, got: float):
    slowed = joint_range.slowed(np.array([wanted, 0.5]), np.array([rest, 0.0]), LOW, HIGH, ALLOWED)
    np.testing.assert_allclose(slowed, [got, 0.5], atol=1e-9)


def test_rail_5_lets_nothing_come_to_rest_near_a_limit_or_farther_in_than_before():
    rest = np.array([[0.9, 0], [0.91, 0], [0, -1.9], [0, -1.91]])
    assert joint_range.holds(rest, np.zeros(2), LOW, HIGH).tolist() == [True, False, True, False]
    inside = np.array([0.95, 0.0])
    assert joint_range.holds(np.array([[0.94, 0], [0.95, 0], [0.96, 0]]), inside, LOW, HIGH).tolist() == [
        True,
        True,
        False,
    ]


SPACE = workspace_rail.workspace(np.array([0.2, -0.4, 0.0]), np.array([0.8, 0.4, 0.6]), 0.1, 0.25)


def test_rail_6_keeps_off_the_table_by_two_centimetres():
    assert SPACE.low.tolist() == pytest.approx([0.2, -0.4, 0.12])
    assert workspace_rail.workspace(np.array([0.2, -0.4, 0.3]), SPACE.high, 0.1, 0.25).low[2] == 0.3


def test_rail_6_looks_at_every_point_of_the_way():
    inside, outside = np.array([0.5, 0, 0.3]), np.array([0.5, 0, 0.11])
    ways = np.array([[inside, inside], [inside, outside]])
    assert workspace_rail.holds(ways, np.zeros((2, 1)), inside, SPACE).tolist() == [True, False]
    assert workspace_rail.holds(ways, np.array([[0.26], [0.1]]), inside, SPACE).tolist() == [False, False]


def test_rail_6_lets_a_tool_that_is_outside_come_back_but_not_go_farther():
    outside = np.array([0.5, 0, 0.10])
    ways = np.array([[[0.5, 0, 0.105]], [[0.5, 0, 0.10]], [[0.5, 0, 0.09]], [[0.9, 0, 0.11]]])
    assert workspace_rail.holds(ways, np.zeros((4, 1)), outside, SPACE).tolist() == [True, True, False, False]


def test_rail_6_scales_to_the_tools_speed():
    wanted = np.array([0.4, -0.2])
    np.testing.assert_allclose(workspace_rail.scaled(wanted, np.array(0.1), SPACE), wanted)
    share = workspace_rail.SHARE * 0.25 / 0.5
    np.testing.assert_allclose(workspace_rail.scaled(wanted, np.array(0.5), SPACE), share * wanted)
