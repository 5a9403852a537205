"""Whatever chunks, delays, losses and stops: what the controller commands violates no limit of the arm."""

import numpy as np
import pytest
from chunk_streams import LEAD_S, Channel, play
from motion_judge import ACCELERATION, JERK, POSITION, SPEED, Verdict, judged, motion_of
from torque_judge import RATE_MAX, greatest_rate, torques

from dsrl_core.acting.execution.arm.model import load_arm

ARM = load_arm("fr3")
WORSE = (Channel(0.08, 0.0, loses=False), Channel(0.04, 0.0, loses=True), Channel(0.1, 0.1, loses=True))


@pytest.mark.parametrize("part", range(10))
def test_random_streams_violate_no_limit(part: int):
    for seed in range(30 * part, 30 * part + 30):
        positions, planner = play(ARM, seed)
        assert judged(positions) is None, f"seed {seed}"
        assert greatest_rate(positions) <= RATE_MAX, f"seed {seed}"
        assert planner.steps > 0


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_ten_thousand_random_streams_violate_no_limit(part: int):
    accelerations, jerks, rates, moved = [], [], [], 0
    for seed in range(1000 * part, 1000 * part + 1000):
        motion = motion_of(play(ARM, seed)[0])
        assert judged(motion.positions) is None, f"seed {seed}"
        accelerations.append(np.abs(motion.accelerations).max())
        jerks.append(np.abs(motion.jerks).max())
        rates.append(greatest_rate(motion.positions))
        assert rates[-1] <= RATE_MAX, f"seed {seed}"
        moved += bool(np.ptp(motion.positions, axis=0).max() > 0.05)
    peaks = f"{max(accelerations):.2f} rad/s^2, {max(jerks):.0f} rad/s^3, {max(rates):.0f} Nm/s"
    print(f"peaks: {peaks}; {moved} of 1000 moved by 0.05 rad")
    assert moved > 800, "streams that do not move prove nothing"


@pytest.mark.parametrize("channel", WORSE, ids=str)
def test_beyond_what_the_lead_covers_a_controller_of_this_project_still_violates_nothing(channel: Channel):
    for seed in range(6):
        positions, _ = play(ARM, seed, LEAD_S, channel, blends=True)
        assert judged(positions) is None, f"seed {seed}"
        assert greatest_rate(positions) <= 1.05 * RATE_MAX, f"seed {seed}"


@pytest.mark.long
@pytest.mark.parametrize("channel", WORSE, ids=str)
@pytest.mark.parametrize("blends", [False, True])
def test_figures_beyond_what_the_lead_covers(channel: Channel, blends: bool):
    streams = [play(ARM, seed, LEAD_S, channel, blends=blends)[0] for seed in range(300)]
    violating = sum(judged(positions) is not None for positions in streams)
    rates = np.array([greatest_rate(positions) for positions in streams])
    peaks = np.max([np.abs(getattr(motion_of(p), what)).max() for p in streams for what in ("accelerations",)])
    print(f"{channel}, {'blends' if blends else 'as it is sent'}: {violating} of 300 violate, {peaks:.1f} rad/s^2;")
    print(f"torques: {np.sum(rates > RATE_MAX)} of 300, {rates.max():.0f} Nm/s")
    assert violating == 0 or not blends


def test_beyond_what_the_lead_covers_another_controller_violates_limits():
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


def test_the_judge_of_torques_sees_a_jerk_that_the_others_allow():
    still = torques(at_rest())
    np.testing.assert_allclose(still, still[:1].repeat(100, axis=0))
    assert 20 < still[0, 3] < 27, "joint 4 carries the lower arm"
    smooth = at_rest()
    smooth[50:, 1] += np.cumsum(np.cumsum(np.arange(50) * 2.0)) * 1e-6  # 2,000 rad/s^3
    assert judged(smooth[:54]) is None
    assert 2000 < greatest_rate(smooth[:54]) < 5000
