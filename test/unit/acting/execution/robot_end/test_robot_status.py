"""What is told of a robot: silence is an error, whatever was heard before it."""

import pytest

from dsrl_core.acting.execution.robot_end.interface import PORTS, RobotMode
from dsrl_core.acting.execution.robot_end.status import SILENT_S, Level, RobotStatus

ACTIVE = {"arm": "active", "trajectories": "active"}


def status(mode: int = RobotMode.MOVE, errors: tuple[str, ...] = (), **states: str) -> RobotStatus:
    """A robot whose state was heard at 10 s."""
    made = RobotStatus("arm", ["trajectories"])
    made.hear_state(mode, errors, (), 10.0)
    made.hear_activity({**ACTIVE, **states})
    return made


def test_a_robot_that_works():
    robot = status()
    assert (robot.mode(10.1), robot.active(10.1)) == (RobotMode.MOVE, True)
    assert robot.words(10.1) == (Level.OK, "moving")


def test_before_the_first_state_nothing_is_active():
    robot = RobotStatus("arm", ["trajectories"])
    assert (robot.mode(0.0), robot.active(0.0)) == (RobotMode.OTHER, False)
    level, text = robot.words(0.0)
    assert level is Level.ERROR
    assert "do the drivers run" in text


def test_silence_is_not_active_though_nobody_said_that_it_was_switched_off():
    robot = status()
    now_s = 10.0 + SILENT_S + 0.01
    assert (robot.mode(now_s), robot.active(now_s)) == (RobotMode.OTHER, False)
    level, text = robot.words(now_s)
    assert level is Level.ERROR
    assert "silent for 0.2 s, as after a reflex" in text


def test_the_errors_before_the_silence_are_named():
    robot = status(RobotMode.REFLEX, ("joint_velocity_violation",))
    assert "last errors: joint_velocity_violation" in robot.words(11.0)[1]


def test_errors_that_cleared_are_still_named_in_the_silence():
    robot = status(RobotMode.REFLEX, ("cartesian_reflex",))
    robot.hear_state(RobotMode.REFLEX, (), (), 10.1)
    assert "cartesian_reflex" in robot.words(11.0)[1]


@pytest.mark.parametrize("name", ["arm", "trajectories"])
def test_hardware_or_controller_that_is_off_is_not_active_and_named(name):
    robot = status(**{name: "inactive"})
    assert not robot.active(10.1)
    level, text = robot.words(10.1)
    assert level is Level.ERROR
    assert f"{name} (inactive)" in text


def test_a_controller_that_nobody_loaded_is_named():
    robot = RobotStatus("arm", ["trajectories"])
    robot.hear_state(RobotMode.IDLE, (), (), 10.0)
    robot.hear_activity({"arm": "active"})
    assert "trajectories (not there)" in robot.words(10.0)[1]


@pytest.mark.parametrize(
    ("mode", "errors", "level", "words"),
    [
        (RobotMode.REFLEX, (), Level.ERROR, ("reflex", "recovery")),
        (RobotMode.USER_STOPPED, (), Level.ERROR, ("user stop", "release")),
        (RobotMode.MOVE, ("power_limit_violation",), Level.ERROR, ("power_limit_violation", "recovery")),
        (RobotMode.GUIDING, (), Level.WARN, ("guided", "let go")),
        (17, (), Level.OK, ("mode 17",)),
        (17, ("joint_reflex",), Level.ERROR, ("joint_reflex",)),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(mode, errors, level, words):
    said, text = status(mode, errors).words(10.1)
    assert said is level
    assert all(word in text for word in words), text


def test_the_interface_has_each_name_once():
    assert len({port.name for port in PORTS}) == len(PORTS)
    assert {port.way for port in PORTS} == {"in", "out", "service"}
