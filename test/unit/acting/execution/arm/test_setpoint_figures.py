"""Peaks of acceleration and jerk of a controller's setpoint, by the lead and by what the channel does to messages."""

from dataclasses import dataclass

import numpy as np
import pytest
from chunk_streams import PERIOD_S

from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.rails.workspace import Workspace

ARM = load_arm("fr3")
FREE = Workspace(np.full(3, -9.0), np.full(3, 9.0), 9.0)
STEPS, ONE = 75, 30  # of a stream; the one message that is late or lost


@dataclass(frozen=True, slots=True)
class Fault:
    jitter_s: float = 0.0
    late_s: float = 0.0  # of one message
    lost: int | None = None


FAULTS = (Fault(), Fault(0.02), Fault(0.04), Fault(late_s=0.06), Fault(lost=0), Fault(0.02, lost=ONE))


def velocities(seed: int) -> np.ndarray:
    """f64[STEPS, 7], rad/s: actions up to 0.6, one like the other, of 3 rad/s at a velocity_scale of 0.42."""
    draw, state, rows = np.random.default_rng(seed), np.zeros(7), []
    for _ in range(STEPS):
        state = 0.85 * state + 0.15 * draw.normal(0, 0.9, 7)
        rows.append(state)
    return np.clip(rows, -1, 1) * 0.6 * 3 * 0.42


def messages(lead_s: float, seed: int, chunk: int, fault: Fault) -> list[tuple[float, list[Knot]]]:
    """Times of arrival, s, and knots."""
    stream, draw = KnotStream(Planner(ARM, PERIOD_S, FREE), PERIOD_S, lead_s), np.random.default_rng(0)
    stream.anchor(-1.0, ARM.home)
    wanted, arrived = velocities(seed), []
    for k in range(STEPS):
        following = wanted[k + 1] if (k + 1) % chunk and k + 1 < STEPS else None
        knots = stream.send(k * PERIOD_S, wanted[k], following)
        arrival_s = k * PERIOD_S + draw.uniform(0, fault.jitter_s) + (fault.late_s if k == ONE else 0.0)
        if k != fault.lost:
            arrived.append((max([arrival_s, *(time_s for time_s, _ in arrived[-1:])]), knots))
    return arrived


def peaks(lead_s: float, seed: int, chunk: int, fault: Fault) -> tuple[float, float]:
    """Greatest acceleration, rad/s^2, and jerk, rad/s^3, in cycles of 1 ms."""
    track, cycle, rows = Track(ARM.home), 0, [np.zeros((1, 7))]
    for arrival_s, knots in [*messages(lead_s, seed, chunk, fault), (STEPS * PERIOD_S + 0.6, [])]:
        last = int(arrival_s * 1000 + 1e-9)
        if last > cycle:
            rows.append(track.samples(1e-3 * np.arange(cycle + 1, last + 1))[2])
            cycle = last
        if knots:
            track.replace(1e-3 * cycle, knots)
    accelerations = np.concatenate(rows)
    return float(np.abs(accelerations).max()), float(1e3 * np.abs(np.diff(accelerations, axis=0)).max())


@pytest.mark.parametrize("fault", FAULTS)
def test_with_a_lead_no_fault_of_the_channel_shows(fault: Fault):
    assert peaks(0.1, 1, 8, fault) == pytest.approx(peaks(0.1, 1, 8, Fault()), rel=1e-6)


@pytest.mark.parametrize("fault", FAULTS[:4])
def test_with_the_default_lead_no_late_message_shows(fault: Fault):
    assert peaks(0.067, 1, 8, fault) == pytest.approx(peaks(0.067, 1, 8, Fault()), rel=1e-6)


def test_without_faults_the_lead_changes_nothing_of_a_motion():
    still = peaks(0.0, 1, STEPS, Fault())
    assert peaks(0.067, 1, STEPS, Fault()) == pytest.approx(still, rel=1e-6)
    assert peaks(0.1, 1, STEPS, Fault()) == pytest.approx(still, rel=1e-6)
    assert still == pytest.approx((7.5, 600), rel=0.01), "the stop at its end"


def test_without_a_lead_a_lost_first_message_is_beyond_the_limit():
    assert peaks(0.0, 1, STEPS, Fault(lost=0))[0] > 10


@pytest.mark.long
def test_the_table_of_the_docs():
    for lead_s in (0.0, 0.067, 0.1):
        for seeds, chunk in (([1], STEPS), (range(20), 8)):
            cells = [np.max([peaks(lead_s, seed, chunk, fault) for seed in seeds], axis=0) for fault in FAULTS]
            print(lead_s, len(seeds), " | ".join(f"{acceleration:.1f} / {jerk:.0f}" for acceleration, jerk in cells))
