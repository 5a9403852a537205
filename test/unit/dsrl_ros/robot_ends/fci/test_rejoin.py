"""After lost ticks the arm is taken from where it went by itself back to the plan, without a step."""

import numpy as np
import pytest
from fci_samples import FR3, fake_franka, planned

from dsrl_core.types import F64
from dsrl_ros.robot_ends.fci.follower import TICK_S, Follower
from dsrl_ros.robot_ends.fci.rejoin import SPAN_S, Rejoin

MESSAGES = planned(12, seed=3)


def judged(lost: dict[int, int], use: bool) -> tuple[float, F64, F64]:
    """Stream through the fake arm's own arithmetic; tick -> how many are lost.

    Returns:
        greatest step of the acceleration between two ticks, rad/s^2; the last position, and the planned one.
    """
    arm, follower, rejoin = fake_franka().Arm(mode="Move"), Follower(FR3, FR3.home), Rejoin(TICK_S)
    worst, tick = 0.0, 0
    while tick < 1200:
        for message in MESSAGES:
            if round(message.start_ns * 1e-9 / TICK_S) == tick:
                assert follower.follow(tick * TICK_S, message, tick * TICK_S) == ""
        now_s = tick * TICK_S
        gap = lost.get(tick, 0)
        for _ in range(gap + 1):
            arm.pass_tick()
            tick += 1
        if gap and use:
            rejoin.gap(now_s + gap * TICK_S, follower, arm.q, arm.dq, arm.ddq)
        goal = follower.at((tick) * TICK_S) + (rejoin.at(tick * TICK_S) if use else 0.0)
        dq = (goal - arm.q) / TICK_S
        ddq = (dq - arm.dq) / TICK_S
        worst = max(worst, float(np.abs(ddq - arm.ddq).max()))
        arm.q, arm.dq, arm.ddq, arm.answered = goal, dq, ddq, True
    return worst, arm.q, follower.at(tick * TICK_S)


@pytest.mark.parametrize("gap", [1, 3, 7, 15])
def test_no_step_after_a_gap_and_the_plan_is_met(gap: int) -> None:
    worst, last, plan = judged(dict.fromkeys((101, 331, 501), gap), use=True)
    assert worst < 5.0  # what 5,000 rad/s^3 allow in a tick
    np.testing.assert_allclose(last, plan, atol=1e-9)


def test_without_it_the_same_gaps_are_steps() -> None:
    assert judged(dict.fromkeys((101, 331, 501), 7), use=False)[0] > 5.0


def test_the_offset_ends() -> None:
    follower, rejoin = Follower(FR3, FR3.home), Rejoin(TICK_S)
    rejoin.gap(1.0, follower, FR3.home + 0.001, np.zeros(7), np.zeros(7))
    np.testing.assert_allclose(rejoin.at(1.0), 0.001)
    assert np.abs(rejoin.at(1.0 + SPAN_S - TICK_S)).max() < 1e-5
    assert rejoin.at(1.0 + SPAN_S) == 0.0
