"""Faults of a simulated robot, asked for as text."""

import pytest

from dsrl_core.errors import InvalidRequest
from sim_bridge.real_time.faults import FAULTS, OF_A_CAMERA, Fault, Faults, fault_of

CAMERAS = ("left", "wrist")


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_can_be_asked_for_with_and_without_an_end(name: str):
    of = "wrist" if name in OF_A_CAMERA else ""
    assert fault_of(f"{name} {of}", CAMERAS) == Fault(name, of)
    assert fault_of(f"{name} {of} 2.5", CAMERAS) == Fault(name, of, 2.5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is unknown"),
        ("camera_frezze wrist", "did you mean 'camera_freeze'|camera_freeze"),
        ("camera_drop", "must name a camera"),
        ("camera_drop top 2", "left"),
        ("reflex soon", "must be a number of seconds"),
        ("reflex nan", "seconds above 0"),
        ("reflex -1", "seconds above 0"),
        ("reflex 1 2", "seconds above 0"),
    ],
)
def test_what_is_no_fault_is_refused(text: str, reason: str):
    with pytest.raises(InvalidRequest, match=reason):
        fault_of(text, CAMERAS)


def test_a_fault_holds_until_its_end_and_of_its_camera_alone():
    faults = Faults()
    faults.add(Fault("camera_drop", "wrist", 2.0), 10.0)
    assert faults.holds("camera_drop", 11.9, "wrist")
    assert not faults.holds("camera_drop", 11.9, "left")
    assert not faults.holds("camera_drop", 12.0, "wrist")


def test_a_reflex_lasts_until_it_is_recovered_and_recovery_ends_nothing_else():
    faults = Faults()
    faults.add(Fault("reflex"), 0.0)
    faults.add(Fault("gripper_stuck"), 0.0)
    assert faults.holds("reflex", 1e6)
    faults.recover()
    assert not faults.holds("reflex", 1.0)
    assert faults.holds("gripper_stuck", 1.0)
