"""The scale of velocities is found again where it is known, and doubted where the recording says too little."""

import dataclasses

import numpy as np
import pytest
from doubles.soft_follower import follow, wander

from dsrl_core.acting.execution.arm.calibration import ANYWHERE, Calibration, Recording, calibrate
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner

ARM = load_arm("fr3")
RATE_HZ, FULL_SPEED = 15.0, 3.0
SLOW = wander(0, 76, 0.45)


def planned(scale: float, actions: np.ndarray = SLOW) -> Recording:
    """What a stiff arm does whose velocities are scaled so."""
    planner = Planner(ARM, 1 / RATE_HZ, ANYWHERE)
    planner.anchor(ARM.home)
    positions = [ARM.home, *(planner.step(scale * FULL_SPEED * action).positions for action in actions[:-1])]
    return Recording(np.arange(len(actions)) / RATE_HZ, actions, np.stack(positions))


def fitted(recording: Recording) -> Calibration:
    return calibrate(recording, ARM, FULL_SPEED, 1 / RATE_HZ)


@pytest.mark.parametrize("scale", [0.13, 0.42, 0.5])
def test_the_scale_that_made_a_motion_is_found(scale: float):
    found = fitted(planned(scale))
    assert found.scale == pytest.approx(scale, abs=0.003)
    assert found.rms_rad < 0.003
    assert found.trusted, found.doubts


def test_it_is_found_through_limits_that_clip_the_motion_and_then_doubted():
    found = fitted(planned(0.8, wander(0, 76)))
    assert found.scale == pytest.approx(0.8, abs=0.01)
    assert found.clipped_share > 0.5
    assert "the rails change" in " ".join(found.doubts)


def test_noise_of_sensors_changes_it_little():
    recording = planned(0.42)
    noisy = recording.positions + np.random.default_rng(0).normal(0, 0.005, recording.positions.shape)
    assert fitted(dataclasses.replace(recording, positions=noisy)).scale == pytest.approx(0.42, abs=0.02)


def test_windows_begin_anew_after_a_gap_and_where_the_arm_then_is():
    first, second = planned(0.42), planned(0.42, wander(1, 76, 0.45))
    elsewhere = second.positions + np.array([0.3, 0, 0, 0, 0, 0, 0])  # moved by hand meanwhile
    both = Recording(
        np.concatenate([first.times_s, second.times_s + 20]),
        np.concatenate([first.actions, second.actions]),
        np.concatenate([first.positions, elsewhere]),
    )
    found = fitted(both)
    assert found.scale == pytest.approx(0.42, abs=0.003)
    assert found.seconds == pytest.approx(10.0)


def test_a_soft_controller_goes_less_far_than_its_actions_say():
    """DROID's, on a model of the FR3: rms and share as measured for it; friction takes from it."""
    with_friction, smooth = (fitted(follow(wander(0, 76), ARM, friction)) for friction in (1.0, 0.0))
    assert 0.35 < with_friction.scale < 0.45
    assert smooth.scale > with_friction.scale + 0.05
    for found in (with_friction, smooth):
        assert 0.02 < found.rms_rad < 0.1
        assert found.rms_rad < 0.25 * found.still_rms_rad


def doubts(**changes: np.ndarray) -> str:
    return "; ".join(fitted(dataclasses.replace(planned(0.42), **changes)).doubts)


def test_too_short_a_recording_is_doubted():
    recording = planned(0.42)
    part = {field.name: getattr(recording, field.name)[:40] for field in dataclasses.fields(recording)}
    assert "only 2.6 s can be used" in doubts(**part)


def test_an_arm_that_moves_one_joint_is_doubted():
    alone = SLOW * np.array([1, 0, 0, 0, 0, 0, 0])
    recording = planned(0.42, alone)
    assert "1 joints move by more than 0.1 rad" in doubts(actions=alone, positions=recording.positions)


def test_actions_at_their_limits_are_doubted():
    ends = np.where(SLOW > 0, 1.0, -1.0)
    assert "% of the actions are at their limits" in doubts(actions=ends)


def test_positions_of_another_motion_are_doubted():
    swapped = planned(0.42).positions[:, ::-1] - ARM.home[::-1] + ARM.home
    assert "did this arm follow these actions" in doubts(positions=swapped)


def test_a_scale_at_the_end_of_what_is_tried_is_doubted():
    still = np.tile(ARM.home, (76, 1))
    assert "at the end of what is tried" in doubts(positions=still)


def test_another_rate_is_doubted():
    recording = planned(0.42)
    assert "the rate is another one" in doubts(times_s=recording.times_s * 1.3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.zeros((76, 6))}, r"positions: expected \(76, 7\) finite values, got shape \(76, 6\)"),
        ({"actions": np.full((76, 7), np.nan)}, "actions: expected"),
        ({"actions": 2 * np.ones((76, 7))}, "actions: expected -1 to 1, got 2"),
        ({"times_s": np.zeros(76)}, "expected rising times"),
        ({"times_s": np.arange(76.0)}, "has no 1 s without a gap"),
    ],
)
def test_what_is_no_recording_is_refused(changes: dict[str, np.ndarray], message: str):
    with pytest.raises(ValueError, match=message):
        fitted(dataclasses.replace(planned(0.42), **changes))
