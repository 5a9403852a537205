"""Joints are collected by name: drivers may send arm and gripper apart, and others share the topic."""

import numpy as np
import pytest

from dsrl_core.acting.joints import PATIENCE_S, Joints
from dsrl_core.errors import InvalidRequest

ARM, GRIPPER = {"a1": 1.0, "a2": 2.0}, {"g": 0.5}
NAMES = ("a1", "a2", "g")


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def add(joints: Joints, stamp: int, values: dict[str, float]) -> None:
    assert joints.wants(tuple(values))
    joints.add(stamp, values)


@pytest.mark.parametrize("exact", [True, False])
def test_one_message_with_all_joints_is_a_sample(exact: bool):
    joints = Joints(("g", "a1"), exact)
    add(joints, 7, {**ARM, **GRIPPER, "wheel": np.nan})  # what is not wanted is not looked at
    stamp, values = joints.sample()
    assert (stamp, values.tolist(), values.dtype) == (7, [0.5, 1.0], np.float32)


def test_another_drivers_message_is_not_wanted():
    joints = Joints(NAMES, exact=False)
    assert not joints.wants(("wheel",))
    assert not joints.wants(())
    assert joints.wants(("wheel", "g"))


def test_on_hardware_arm_and_gripper_join_with_the_older_stamp():
    joints = Joints(NAMES, exact=False)
    add(joints, 10, ARM)
    assert joints.sample() is None
    add(joints, 7, GRIPPER)
    assert (joints.sample()[0], joints.sample()[1].tolist()) == (7, [1.0, 2.0, 0.5])
    add(joints, 20, {"a1": 3.0, "a2": 4.0})
    assert (joints.sample()[0], joints.sample()[1].tolist()) == (7, [3.0, 4.0, 0.5])


def test_in_lockstep_only_joints_of_one_moment_join():
    joints = Joints(NAMES, exact=True)
    add(joints, 10, ARM)
    add(joints, 11, GRIPPER)
    assert joints.sample() is None
    add(joints, 11, ARM)
    assert joints.sample()[0] == 11


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_a_value_that_is_not_finite_is_refused_by_name_and_changes_nothing(value: float):
    joints = Joints(NAMES, exact=False)
    add(joints, 1, {**ARM, **GRIPPER})
    with pytest.raises(InvalidRequest, match="joint 'a2' is"):
        joints.add(2, {"a1": 9.0, "a2": value})
    assert joints.sample()[1].tolist() == [1.0, 2.0, 0.5]


def test_joints_that_never_come_are_named_with_what_came_instead():
    clock = Clock()
    joints = Joints(NAMES, exact=False, clock=clock)
    assert joints.fault() == ""
    joints.wants(("wheel1", "wheel2"))
    add(joints, 1, GRIPPER)
    assert joints.fault() == ""
    clock.now_s += PATIENCE_S + 0.1
    assert joints.fault() == "no message has a1, a2; those that come have wheel1, wheel2; or g"
    add(joints, 2, {**ARM, **GRIPPER})
    assert joints.fault() == ""


def test_a_joint_that_stays_away_while_others_come_is_named():
    clock = Clock()
    joints = Joints(NAMES, exact=False, clock=clock)
    add(joints, 1, GRIPPER)
    add(joints, 1, ARM)
    clock.now_s += 60  # silence of all is not the joints' fault
    assert joints.fault() == ""
    add(joints, 2, ARM)
    assert joints.fault() == "g last came 60.0 s before the others"
    add(joints, 3, GRIPPER)
    assert joints.fault() == ""


@pytest.mark.parametrize(("off_ns", "words"), [(3600 * 10**9, "3600 s ahead of"), (-3600 * 10**9, "3600 s behind")])
def test_joints_whose_clocks_differ_make_no_sample_and_are_named(off_ns: int, words: str):
    joints = Joints(NAMES, exact=False)
    add(joints, 10**9, ARM)
    add(joints, 10**9 + off_ns, GRIPPER)
    assert joints.sample() is None
    assert joints.fault() == f"the stamps of g are {words} those of a1"
    add(joints, 10**9 + 50_000_000, GRIPPER)
    assert joints.sample() is not None
    assert joints.fault() == ""
