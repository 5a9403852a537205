"""Messages tell the motion under way, the step, and a stop; late ones and one that is lost change nothing."""

import numpy as np
import pytest
from chunk_streams import Controller

from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.rails.workspace import workspace
from dsrl_core.config.platform import ArmContract

ARM = load_arm("fr3")
P = 1 / 15
WIDE = workspace(np.full(3, -2.0), np.full(3, 2.0), -3.0, 0.5)
FAST, SLOW = 0.3 * np.eye(7)[0], 0.1 * np.eye(7)[0]
FAST_STOP_S, SLOW_STOP_S = 0.0525, 0.03  # what their stops take


def stream(lead_s: float = 0.1) -> KnotStream:
    made = KnotStream(Planner(ARM, P, WIDE), P, lead_s)
    made.anchor(0.0, ARM.home)
    return made


def times(knots: list[Knot]) -> list[float]:
    """Of all but the knots within a stop, which alone have accelerations."""
    return [round(knot.time_s, 4) for knot in knots if not np.any(knot.accelerations)]


def speeds(knots: list[Knot]) -> list[float]:
    """The same."""
    return [round(float(np.abs(knot.velocities).max()), 4) for knot in knots if not np.any(knot.accelerations)]


def test_anchoring_brings_the_controller_to_where_the_arm_was_measured():
    (knot,) = stream().anchor(5.0, ARM.home + 0.01)
    assert knot.time_s == pytest.approx(5.3), "a lead later, as this message may be late as well"
    np.testing.assert_allclose(knot.positions, ARM.home + 0.01)
    assert not knot.velocities.any()


def test_a_motion_begins_a_lead_after_its_first_message():
    knots = stream().send(1.0, FAST, SLOW)
    assert times(knots) == [1.1, round(1.1 + P, 4), round(1.1 + P + FAST_STOP_S, 4)]
    assert speeds(knots) == [0, 0.3, 0]
    assert (knots[0].positions == ARM.home).all()


def test_each_message_begins_with_the_knots_that_are_ahead():
    made = stream()
    made.send(1.0, FAST)
    made.send(1.0 + P, FAST)
    knots = made.send(1.0 + 2 * P, SLOW)
    assert times(knots)[:4] == [round(1.1 + k * P, 4) for k in (1, 2, 3)] + [round(1.1 + 3 * P + SLOW_STOP_S, 4)]
    assert speeds(knots) == [0.3, 0.3, 0.1, 0]


def test_without_a_lead_the_next_step_is_told_and_kept():
    made = stream(lead_s=0.0)
    first = made.send(1.0, FAST, SLOW)
    assert times(first)[:2] == [round(1 + P, 4), round(1 + 2 * P, 4)]
    assert speeds(first) == [0.3, 0.1, 0]
    second = made.send(1.0 + P + 0.004, SLOW)
    assert times(second)[:1] == [round(1 + 2 * P, 4)], "the grid does not follow a late step"
    np.testing.assert_allclose(second[0].positions, first[1].positions)


def test_the_grid_follows_steps_that_are_late_by_and_by():
    made = stream()
    made.send(1.0, FAST)
    late = made.send(1.0 + P + 0.02, FAST)
    assert times(late)[-2] == round(1.1 + 2 * P + 0.02, 4)
    early = made.send(1.0 + 2 * P, FAST)
    assert times(early)[-2] == round(1.1 + 2.9 * P + 0.02, 4), "and comes back by a tenth of a period"


def test_where_the_stop_may_have_begun_the_arm_comes_to_rest_first():
    made = stream()
    first = made.send(1.0, FAST)
    knots = made.send(1.2, FAST)
    assert times(knots)[0] == times(first)[-1]
    np.testing.assert_allclose(knots[-6].positions, first[-1].positions)
    assert times(knots)[1] == 1.3, "a lead after it was sent"
    assert speeds(knots) == [0, 0, 0.3, 0]


def test_a_lost_message_and_a_late_one_leave_the_motion_as_it_is():
    made, sound, unsound = stream(), Controller(Track(ARM.home)), Controller(Track(ARM.home))
    for k in range(6):
        knots = made.send(1.0 + k * P, (FAST, SLOW, -FAST)[k % 3])
        sound.pending.append((1.0 + k * P, knots))
        if k not in (0, 3, 5):
            unsound.pending.append((1.0 + k * P + 0.03, knots))
    unsound.pending.append((1.0 + 6 * P + 0.03, made.repeat(1.0 + 6 * P)))
    for controller in (sound, unsound):
        controller.until(2.0)
    commanded = np.concatenate(sound.commanded)
    np.testing.assert_allclose(np.concatenate(unsound.commanded), commanded, atol=1e-12)
    assert np.ptp(commanded[:, 0]) > 0.02


def test_a_dead_stream_comes_to_rest_within_its_last_message():
    made, track = stream(), Track(ARM.home)
    for k in range(12):
        track.replace(1.0 + k * P, made.send(1.0 + k * P, 0.8 * np.eye(7)[0]))
    assert made.rest_s - (1.0 + 11 * P) == pytest.approx(0.1 + P + 0.8 / 7.5 + 7.5 / 600)
    assert np.abs(track.sample(made.rest_s)[1]).max() < 1e-9


@pytest.mark.parametrize("name", ["fr3", "panda"])
@pytest.mark.parametrize("reach", [0.0, 0.4, 0.8])
def test_with_the_default_lead_an_arm_rests_in_three_tenths_of_a_second_from_any_speed(name: str, reach: float):
    arm, lead_s = load_arm(name), 1e-3 * ArmContract().lead_ms
    assert lead_s >= P, "or the next step would be told, too, and the arm go on for a period more"
    start = arm.home + reach * np.array([0, 1, 0, 1, 0, 0, 0])
    for direction in (*np.eye(7), np.ones(7), np.array([1, 1, 1, -1, 1, -1, 1])):
        made = KnotStream(Planner(arm, P, WIDE), P, lead_s)
        made.anchor(0.0, start)
        for k in range(9):
            made.send(1.0 + k * P, arm.speed_allowed * direction)
            assert made.rest_s - (1.0 + k * P) <= 0.3


def test_a_stop_begins_at_the_next_knot_that_it_surely_reaches():
    made = stream()
    for k in range(4):
        made.send(1.0 + k * P, FAST)
    now_s = 1.0 + 3 * P + 0.01
    knots = made.stop(now_s)
    assert times(knots) == [round(1.1 + 2 * P, 4), round(1.1 + 3 * P, 4), round(1.1 + 3 * P + FAST_STOP_S, 4)]
    assert made.stop(made.rest_s) == []
    with pytest.raises(RuntimeError, match="not anchored since it was stopped"):
        made.send(now_s, FAST)
    made.anchor(3.0, ARM.home)
    assert speeds(made.send(3.1, FAST)) == [0, 0.3, 0]


def test_what_is_unsound_changes_nothing():
    made = stream()
    with pytest.raises(ValueError, match="finite velocities"):
        made.send(1.0, np.full(7, np.nan))
    assert speeds(made.send(1.0, FAST)) == [0, 0.3, 0]
