"""Whatever chunks, delays, losses and stops: what the controller commands violates no limit of the arm."""

import numpy as np
import pytest
from chunk_streams import Channel, play
from motion_judge import ACCELERATION, JERK, POSITION, SPEED, Verdict, judged, motion_of

from dsrl_core.acting.execution.arm.model import load_arm

ARM = load_arm("fr3")


@pytest.mark.parametrize("tens", range(12))
def test_random_streams_violate_no_limit(tens: int):
    for seed in range(10 * tens, 10 * tens + 10):
        positions, planner = play(ARM, seed)
        assert judged(positions) is None, f"seed {seed}"
        assert planner.steps > 0


@pytest.mark.long
@pytest.mark.parametrize("thousand", range(10))
def test_ten_thousand_random_streams_violate_no_limit(thousand: int):
    accelerations, jerks, moved = [], [], 0
    for seed in range(1000 * thousand, 1000 * thousand + 1000):
        motion = motion_of(play(ARM, seed)[0])
        assert judged(motion.positions) is None, f"seed {seed}"
        accelerations.append(np.abs(motion.accelerations).max())
        jerks.append(np.abs(motion.jerks).max())
        moved += bool(np.ptp(motion.positions, axis=0).max() > 0.05)
    print(f"peaks: {max(accelerations):.2f} rad/s^2, {max(jerks):.0f} rad/s^3; {moved} of 1000 moved by 0.05 rad")
    assert moved > 900, "streams that do not move prove nothing"


def test_beyond_what_the_lead_covers_the_judge_sees_violations():
    channel = Channel(0.15, 0.0, loses=True)
    verdicts = [judged(play(ARM, seed, lead_s=0.0, channel=channel)[0]) for seed in range(10)]
    assert sum(verdict is not None for verdict in verdicts) > 5


def at_rest(cycles: int = 100) -> np.ndarray:
    return np.tile(ARM.home, (cycles, 1))


def test_the_judge_names_each_rule():
    assert judged(at_rest()) is None
    step = at_rest()
    step[50:, 2] += 1e-4  # 100 rad/s^2
    assert judged(step) == Verdict(50, ACCELERATION)
    smooth = at_rest(3000)
    smooth[:, 0] = 2.7436 * (1 - np.cos(np.linspace(0, np.pi, 3000))) / 2
    verdict = judged(smooth)
    assert verdict is not None
    assert verdict.rule == SPEED, "its own limit falls as the joint comes near its end"
    outside = at_rest()
    outside[:, 5] = 4.6
    assert judged(outside) == Verdict(0, POSITION)
    sharp = at_rest()
    sharp[50:, 0] = np.cumsum(np.cumsum(np.r_[0, np.full(49, 8.0)])) * 1e-6  # 8 rad/s^2 from one cycle to the next
    assert judged(sharp) == Verdict(51, JERK)
