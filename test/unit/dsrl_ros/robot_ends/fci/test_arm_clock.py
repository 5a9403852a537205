"""Stamps of ROS and the arm's milliseconds."""

import pytest

from dsrl_ros.robot_ends.fci.arm_clock import ArmClock

NOW_NS = 1_790_000_000_123_456_789  # for which a float is too coarse


def ns(seconds: float) -> int:
    return NOW_NS + round(seconds * 1e9)


def test_a_clock_that_is_followed_smooths_what_is_late_and_follows_what_stays() -> None:
    clock = ArmClock(follow=True)
    for tick in range(2000):
        clock.tick(tick * 1e-3, ns(tick * 1e-3 + (0.04 if tick == 1000 else 0.0)), at_rest=True)
    assert clock.ros_ns(2.0) == pytest.approx(ns(2.0), abs=10_000)  # one message that was 40 ms late is forgotten
    for tick in range(2000, 4000):
        clock.tick(tick * 1e-3, ns(0.02 + tick * 1e-3), at_rest=True)
    assert clock.arm_s(ns(4.02)) == pytest.approx(4.0, abs=1e-4)


def test_in_motion_it_moves_knots_by_less_than_is_felt() -> None:
    clock = ArmClock(follow=True)
    clock.tick(0.0, ns(0.0), at_rest=True)
    before = clock.arm_s(ns(1.0))
    assert before == pytest.approx(1.0, abs=1e-9)
    for tick in range(1, 67):
        clock.tick(tick * 1e-3, ns(tick * 1e-3 + 0.001), at_rest=False)
    assert abs(clock.arm_s(ns(1.0)) - before) < 2e-5


def test_a_clock_that_was_set_is_taken_over_only_at_rest() -> None:
    clock = ArmClock(follow=True)
    clock.tick(1.0, ns(1.0), at_rest=True)
    clock.tick(1.001, ns(51.001), at_rest=False)
    assert clock.ros_ns(2.0) < ns(3.0)
    clock.tick(1.002, ns(51.002), at_rest=True)
    assert clock.ros_ns(2.0) == pytest.approx(ns(52.0), abs=1000)


def test_the_arms_own_clock_counts_from_the_first_tick() -> None:
    clock = ArmClock(follow=False)
    for tick in range(1000):
        clock.tick(tick * 1e-3, ns(tick * 5e-3), at_rest=True)  # a simulator at a fifth of real time
    assert clock.ros_ns(0.999) == pytest.approx(ns(0.999), abs=1)
