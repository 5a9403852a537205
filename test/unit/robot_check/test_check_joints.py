"""Joint states of arm and gripper: names, values, units, bits, rates."""

import numpy as np
import pytest
from robot_check_samples import ARM, gripper, joints, not_ok, stream, words

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.robot_check import gripper as of_gripper
from dsrl_core.robot_check import joints as of_arm


def told(**changes: object) -> dict[str, str]:
    return not_ok(of_arm.findings("arm", joints(**changes), ARM))


def at(joint: int, value: float) -> np.ndarray:
    """Positions at home, with one joint elsewhere."""
    positions = np.tile(ARM.home, (201, 1))
    positions[:, joint] = value
    return positions


def test_a_sound_arm_is_as_it_must_be():
    assert told() == {}


def test_a_missing_joint_is_named_with_what_comes():
    panda = load_arm("panda").joints
    facts = joints(kinds=(panda,), positions=np.zeros((0, 7)))
    found = of_arm.findings("arm", facts, ARM)
    assert not_ok(found) == {"arm: names": "wrong"}
    assert "fr3_joint7 missing; messages have panda_joint1, " in words(found, "arm: names")


def test_a_value_that_is_not_finite_is_wrong():
    assert told(fault="fr3_joint1 is nan") == {"arm: values": "wrong"}


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (ARM.position_max[3] + 0.005, {}),
        (ARM.position_max[3] + 0.02, {"arm: units": "wrong"}),
        (ARM.position_min[3], {}),
    ],
)
def test_positions_must_lie_within_the_limits_and_a_margin(value: float, verdict: dict[str, str]):
    assert told(positions=at(3, value)) == verdict


def test_degrees_are_recognised():
    found = of_arm.findings("arm", joints(positions=np.rad2deg(np.tile(ARM.home, (201, 1)))), ARM)
    assert "positions look like degrees" in words(found, "arm: units")


def test_zeros_of_a_driver_without_an_arm_are_recognised():
    found = of_arm.findings("arm", joints(positions=np.zeros((201, 7))), ARM)
    assert "every position is 0, which fr3 cannot reach" in words(found, "arm: units")


def test_without_a_table_units_are_not_judged_and_it_says_so():
    found = of_arm.findings("arm", joints(), None)
    assert not_ok(found) == {"arm: units": "notice"}
    assert "were not looked at" in words(found, "arm: units")


@pytest.mark.parametrize(
    ("changes", "senses", "verdict"),
    [(0, True, {"arm: alive": "wrong"}), (0, False, {"arm: alive": "notice"}), (1, True, {}), (1, False, {})],
)
def test_bits_that_never_change_are_wrong_where_sensors_would_flicker(
    changes: int, senses: bool, verdict: dict[str, str]
):
    assert told(changes=changes, senses=senses) == verdict


def test_of_few_messages_nothing_is_said_about_bits():
    few = joints(stream=stream(count=9), changes=0)
    assert "arm: alive" not in not_ok(of_arm.findings("arm", few, ARM))


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [(95.0, None), (85.0, "notice"), (45.0, "notice"), (35.0, "wrong"), (490.0, None), (510.0, "notice")],
)
def test_too_few_messages_stop_the_arm_and_too_many_cost_a_core(rate: float, verdict: str | None):
    assert told(stream=stream(rate)).get("arm: rate") == verdict


@pytest.mark.parametrize(("pause", "verdict"), [(20, None), (30, "notice"), (49, "notice"), (52, "wrong")])
def test_a_pause_between_stamps_is_judged_by_the_silence_that_stops_the_arm(pause: int, verdict: str | None):
    times = np.cumsum([10_000_000] * 100 + [pause * 1_000_000] + [10_000_000] * 100)
    paused = stream(count=201, stamps_ns=times, received_ns=times + 1_000_000)
    assert told(stream=paused).get("arm: pauses") == verdict


def test_arm_and_gripper_may_share_a_topic_from_two_drivers():
    shared = stream(publishers=("/arm", "/hand"))
    assert told(stream=shared, kinds=(ARM.joints, (ARM.gripper_joint,))) == {}
    assert told(stream=shared, kinds=(ARM.joints,)) == {"arm: publisher": "wrong"}


def told_of_gripper(opening: object = 0.02, **changes: object) -> dict[str, str]:
    return not_ok(of_gripper.findings("gripper", gripper(opening, **changes), ARM))


@pytest.mark.parametrize(
    ("rate", "verdict"), [(15.0, {}), (9.0, {"gripper: rate": "notice"}), (4.5, {"gripper: rate": "wrong"})]
)
def test_a_gripper_is_slower_and_may_rest(rate: float, verdict: dict[str, str]):
    assert told_of_gripper(stream=stream(rate)) == verdict


@pytest.mark.parametrize(
    ("opening", "part"),
    [(0.0, None), (0.041, None), (-0.001, None), (0.05, "whole opening"), (40.0, "may be mm"), (-0.01, "mend driver")],
)
def test_the_opening_is_half_the_width_in_metres(opening: float, part: str | None):
    found = of_gripper.findings("gripper", gripper(opening), ARM)
    assert not_ok(found) == ({} if part is None else {"gripper: range": "wrong"})
    assert part is None or part in words(found, "gripper: range")


def test_a_gripper_that_is_missing_is_started_with_the_drivers():
    found = of_gripper.findings("gripper", gripper(stream=stream(count=0, publishers=(), kinds=())), ARM)
    assert "load_gripper:=true" in words(found, "gripper: publisher")
    assert told_of_gripper(kinds=(("finger",),)) == {"gripper: names": "wrong"}


def test_slow_streams_are_not_judged_by_their_jitter():
    ages = np.ones(31)
    ages[::5] = 60
    assert told_of_gripper(stream=stream(15.0, age_ms=ages)) == {}
