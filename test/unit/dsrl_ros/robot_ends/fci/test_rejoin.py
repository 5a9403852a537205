"""After lost ticks the arm is taken from where it went by itself back to the plan, without a step."""

import numpy as np
import pytest
from fci_samples import FR3, fake_franka, planned

from dsrl_core.types import F64
from dsrl_ros.robot_ends.fci.follower import TICK_S, Follower
from dsrl_ros.robot_ends.fci.rejoin import LONGEST_S, Rejoin

MESSAGES = planned(14, seed=3)
GAPS = (101, 331, 501)


def judged(gap: int, use: bool) -> tuple[float, float, F64]:
    """Stream to the fake arm's own arithmetic, with three gaps of so many ticks.

    Returns:
        greatest acceleration, rad/s^2, and its greatest step between two ticks; how far from the plan it ends, rad.
    """
    arm, follower, rejoin = fake_franka().Arm(mode="Move"), Follower(FR3, FR3.home), Rejoin(TICK_S)
    waiting, peak, step = list(MESSAGES), 0.0, 0.0
    for tick in range(1300):
        arm.pass_tick()
        now_s = arm.tick * TICK_S
        if waiting and now_s >= waiting[0].start_ns * 1e-9:
            message = waiting.pop(0)
            assert follower.follow(now_s, message, message.start_ns * 1e-9) == ""
        if tick in GAPS:
            for _ in range(gap):
                arm.pass_tick()
            now_s = arm.tick * TICK_S
            if use:
                rejoin.gap(now_s, gap * TICK_S, follower, arm.q, arm.dq, arm.ddq)
        goal = follower.at(now_s + TICK_S) + rejoin.at(now_s + TICK_S)
        dq = (goal - arm.q) / TICK_S
        ddq = (dq - arm.dq) / TICK_S
        peak, step = max(peak, np.abs(ddq).max()), max(step, np.abs(ddq - arm.ddq).max())
        arm.q, arm.dq, arm.ddq, arm.answered = goal, dq, ddq, True
    return peak, step, arm.q - follower.at(now_s + TICK_S)


@pytest.mark.parametrize("gap", [1, 3, 7, 12])
def test_no_step_after_a_gap_and_the_plan_is_met(gap: int) -> None:
    peak, step, away = judged(gap, use=True)
    assert peak < 10.0
    assert step < 5.0  # what 5,000 rad/s^3 allow in a tick
    np.testing.assert_allclose(away, 0.0, atol=1e-9)


def test_without_it_the_same_gaps_are_steps() -> None:
    peak, step, _ = judged(7, use=False)
    assert peak > 10.0
    assert step > 5.0


def test_the_offset_ends() -> None:
    follower, rejoin = Follower(FR3, FR3.home), Rejoin(TICK_S)
    rejoin.gap(1.0, 0.02, follower, FR3.home + 0.001, np.zeros(7), np.zeros(7))
    np.testing.assert_allclose(rejoin.at(1.0), 0.001)
    assert np.abs(rejoin.at(1.0 + LONGEST_S - TICK_S)).max() < 1e-5
    assert rejoin.at(1.0 + LONGEST_S) == 0.0


def test_an_arm_that_is_elsewhere_than_it_would_have_gone_is_left_to_the_plan() -> None:
    follower, rejoin = Follower(FR3, FR3.home), Rejoin(TICK_S)
    rejoin.gap(1.0, 0.002, follower, FR3.home + 0.001, np.zeros(7), np.zeros(7))
    assert rejoin.at(1.001) == 0.0
