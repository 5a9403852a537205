"""Stamps of ROS and the arm's milliseconds."""

import pytest

from dsrl_ros.robot_ends.fci.arm_clock import ArmClock


def test_a_clock_that_is_followed_smooths_what_is_late_and_follows_what_stays() -> None:
    clock = ArmClock(follow=True)
    for tick in range(2000):
        clock.tick(tick * 1e-3, 100.0 + tick * 1e-3 + (0.04 if tick == 1000 else 0.0), at_rest=False)
    assert clock.ros_s(2.0) == pytest.approx(102.0, abs=1e-5)  # one message that was 40 ms late is forgotten
    for tick in range(2000, 4000):
        clock.tick(tick * 1e-3, 100.02 + tick * 1e-3, at_rest=False)
    assert clock.arm_s(104.02) == pytest.approx(4.0, abs=1e-4)


def test_a_clock_that_was_set_is_taken_over_only_at_rest() -> None:
    clock = ArmClock(follow=True)
    clock.tick(1.0, 101.0, at_rest=True)
    clock.tick(1.001, 151.001, at_rest=False)
    assert clock.ros_s(2.0) < 103.0
    clock.tick(1.002, 151.002, at_rest=True)
    assert clock.ros_s(2.0) == pytest.approx(152.0)


def test_the_arms_own_clock_counts_from_the_first_tick() -> None:
    clock = ArmClock(follow=False)
    for tick in range(1000):
        clock.tick(tick * 1e-3, 100.0 + tick * 5e-3, at_rest=True)  # a simulator at a fifth of real time
    assert clock.ros_s(0.999) == pytest.approx(100.999)
