"""What the drivers of a simulated robot show while faults hold."""

import math

import numpy as np
import pytest

from sim_bridge.real_time.faults import Faults, fault_of
from sim_bridge.real_time.shown import JUMP_S, LATE_S, Shown

BLACK, WHITE = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)


def shown(*texts: str) -> Shown:
    faults = Faults()
    for text in texts:
        faults.add(fault_of(text, ("wrist",)), 1.0)
    return Shown(faults)


def test_a_sound_robot_is_shown_as_it_is():
    joints, picture = shown().joints("/joints", {"a": 0.5}, 2.0), shown().picture("wrist", WHITE, 2.0)
    assert joints is not None
    assert picture is not None
    assert (joints.stamp_s, joints.positions) == (2.0, {"a": 0.5})
    assert (picture.stamp_s, picture.due_s) == (2.0, 2.0)
    assert picture.pixels is WHITE


@pytest.mark.parametrize("fault", ["joints_stale", "reflex"])
def test_joint_states_fall_silent(fault: str):
    assert shown(fault).joints("/joints", {"a": 0.5}, 2.0) is None


def test_frozen_joints_repeat_the_positions_and_not_the_stamps():
    frozen = shown("joints_frozen")
    assert frozen.joints("/joints", {"a": 0.5}, 2.0) is not None
    joints = frozen.joints("/joints", {"a": 0.7}, 2.1)
    assert joints is not None
    assert (joints.stamp_s, joints.positions) == (2.1, {"a": 0.5})


def test_one_joint_is_nan_and_the_others_are_not():
    joints = shown("joints_nan").joints("/joints", {"a": 0.5, "b": 0.6}, 2.0)
    assert joints is not None
    assert math.isnan(joints.positions["a"])
    assert joints.positions["b"] == 0.6


def test_a_clock_that_jumps_is_an_hour_ahead():
    joints = shown("clock_jump").joints("/joints", {"a": 0.5}, 2.0)
    assert joints is not None
    assert joints.stamp_s == 2.0 + JUMP_S


def test_a_camera_is_silent_frozen_or_late():
    assert shown("camera_drop wrist").picture("wrist", WHITE, 2.0) is None
    frozen = shown("camera_freeze wrist")
    frozen.picture("wrist", BLACK, 2.0)
    picture, late = frozen.picture("wrist", WHITE, 2.1), shown("camera_late wrist").picture("wrist", WHITE, 2.0)
    assert picture is not None
    assert late is not None
    assert picture.pixels is BLACK
    assert (picture.stamp_s, late.stamp_s, late.due_s) == (2.1, 2.0, 2.0 + LATE_S)
