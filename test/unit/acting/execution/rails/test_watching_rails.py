"""Watching rails at both sides of their deadlines."""

import numpy as np
import pytest

from dsrl_core.acting.execution.rails import camera_age, chunk_age, permit, robot_state
from dsrl_core.acting.execution.rails.contact_force import ContactForce
from dsrl_core.acting.execution.rails.frozen_state import FrozenState
from dsrl_core.acting.execution.rails.lead import Lead
from dsrl_core.acting.execution.rails.permit import Permit
from dsrl_core.acting.execution.rails.robot_state import RobotState
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, worst
from dsrl_core.config.platform import CameraContract, ObservationContract

REST = np.zeros(7)
NAN = float("nan")


@pytest.mark.parametrize(
    ("silent_s", "level"),
    [(0.0, Level.OK), (0.049, Level.OK), (0.051, Level.HOLD), (0.199, Level.HOLD), (0.201, Level.FAULT)],
)
def test_silence_of_the_joint_states(silent_s: float, level: Level):
    verdict = robot_state.check(RobotState(heard_s=10.0), 10.0 + silent_s)
    assert verdict.level is level
    assert ("no joint states" in verdict.reason) == (level is not Level.OK)
    assert verdict.reflex == (level is Level.FAULT)


@pytest.mark.parametrize(
    ("state", "word", "reflex"),
    [
        (RobotState(5.0, active=False), "not active", True),
        (RobotState(5.0, mode=robot_state.REFLEX), "reflex", True),
        (RobotState(5.0, mode=robot_state.USER_STOPPED), "user stop", False),
    ],
)
def test_what_the_robot_itself_says_is_a_fault_at_once(state: RobotState, word: str, reflex: bool):
    verdict = robot_state.check(state, 5.0)
    assert verdict.level is Level.FAULT
    assert word in verdict.reason
    assert verdict.reflex == reflex


@pytest.mark.parametrize("mode", [None, 0, 1, 2, 3, 6])
def test_other_modes_are_no_fault(mode: int | None):
    assert robot_state.check(RobotState(5.0, mode=mode), 5.0) == OK


def test_before_the_first_joint_states_nothing_moves_and_nothing_is_at_fault():
    assert robot_state.check(RobotState(None), 100.0).level is Level.HOLD


def test_the_lead_counts_two_ticks_in_a_row():
    rail, far = Lead(), REST + np.array([0, 0, 0.101, 0, 0, 0, 0])
    assert rail.check(REST + 0.099, REST, 0.0) == OK
    assert rail.check(far, REST, 0.0) == OK, "one tick"
    assert rail.check(REST, REST, 0.0) == OK
    assert rail.check(far, REST, 0.0) == OK, "not in a row"
    verdict = rail.check(far, REST, 0.0)
    assert verdict.level is Level.LATCHED
    assert "joint 3 is 0.10 rad" in verdict.reason


def test_the_lead_begins_anew_where_it_is_anchored():
    rail, far = Lead(), REST + 0.2
    rail.check(far, REST, 0.0)
    rail.anchor(0.5)
    assert [rail.check(far, REST, now_s).level for now_s in (0.1, 0.49, 0.5)] == [Level.OK] * 3, (
        "on its way, and a tick"
    )
    assert rail.check(far, REST, 0.5).level is Level.LATCHED


def test_a_lead_that_is_no_number_is_not_within_the_limit():
    rail, nowhere = Lead(), REST + NAN
    assert rail.check(nowhere, REST, 0.0) == OK
    assert rail.check(nowhere, REST, 0.0).level is Level.LATCHED


@pytest.mark.parametrize(
    ("verdict", "level"),
    [
        (chunk_age.check_age(1.5), Level.OK),
        (chunk_age.check_age(1.51), Level.HOLD),
        (chunk_age.check_gap(0.15), Level.OK),
        (chunk_age.check_gap(0.151), Level.HOLD),
        (chunk_age.check_waiting(2.0), Level.OK),
        (chunk_age.check_waiting(2.01), Level.NOTICE),
        (chunk_age.check_waiting(3600.0), Level.NOTICE),
    ],
)
def test_ages_of_chunks(verdict: Verdict, level: Level):
    assert verdict.level is level


MOVING = np.full(7, 0.3)


def repeated(rail: FrozenState, commanded: np.ndarray, seconds: float, off_s: float = 0.0) -> Verdict:
    """The last verdict on the same joint states, every 10 ms for so long."""
    verdicts = [rail.check(REST, commanded, off_s, 0.01 * tick) for tick in range(round(100 * seconds) + 1)]
    return verdicts[-1]


def test_frozen_joints_are_a_fault_only_while_the_arm_is_to_move():
    assert repeated(FrozenState(), MOVING, 0.11) == OK, "the first of them may have been sound"
    verdict = repeated(FrozenState(), MOVING, 0.12)
    assert (verdict.level, "frozen" in verdict.reason) == (Level.FAULT, True)
    assert repeated(FrozenState(), 0 * MOVING, 5.0) == OK
    assert repeated(FrozenState(), 0 * MOVING + 0.019, 5.0) == OK, "too slow for encoders to show"


def test_the_least_change_is_a_change():
    rail = FrozenState()
    for tick in range(100):
        assert rail.check(REST + 1e-9 * tick, MOVING, 0.0, 0.01 * tick) == OK


@pytest.mark.parametrize("off_s", [0.051, -0.051, NAN])
def test_stamps_that_stay_off(off_s: float):
    assert repeated(FrozenState(), 0 * MOVING, 0.10, off_s) == OK
    verdict = repeated(FrozenState(), 0 * MOVING, 0.11, off_s)
    assert (verdict.level, "stamps" in verdict.reason) == (Level.FAULT, True)


def test_stamps_that_are_off_once_or_a_little():
    assert repeated(FrozenState(), 0 * MOVING, 5.0, 0.049) == OK
    rail = FrozenState()
    rail.check(REST, REST, 0.2, 0.0)
    rail.check(REST, REST, 0.0, 0.05)
    assert rail.check(REST, REST, 0.2, 0.12) == OK


@pytest.mark.parametrize(
    ("age_ms", "level"),
    [
        (100.0, Level.OK),
        (101.0, Level.NOTICE),
        (250.0, Level.NOTICE),
        (251.0, Level.HOLD),
        (1000.0, Level.HOLD),
        (1001.0, Level.DROP),
        (float("inf"), Level.DROP),
        (NAN, Level.DROP),
    ],
)
def test_ages_of_images(age_ms: float, level: Level):
    assert camera_age.check_age("wrist", age_ms).level is level


def test_a_camera_that_may_be_older_has_later_deadlines():
    assert camera_age.check_age("wrist", 499.0, hold_ms=500.0).level is Level.NOTICE
    assert camera_age.check_age("wrist", 1999.0, hold_ms=500.0).level is Level.HOLD
    assert camera_age.check_age("wrist", 2001.0, hold_ms=500.0).level is Level.DROP


def test_images_change():
    assert camera_age.frozen(500.0) == OK
    assert camera_age.frozen(501.0).level is Level.HOLD


def test_a_contract_without_deadlines_has_those_of_the_rail():
    camera = CameraContract(topic="image", height=8, width=8)
    assert (camera.max_age_ms, camera.frozen_ms) == (camera_age.HOLD_MS, camera_age.FROZEN_MS)
    assert ObservationContract(cameras={}, state=()).camera_skew_ms == camera_age.SKEW_MS


@pytest.mark.parametrize(
    ("spread_ms", "due_ms", "level"),
    [(50.0, 1e6, Level.OK), (51.0, 250.0, Level.OK), (51.0, 251.0, Level.HOLD), (NAN, 251.0, Level.HOLD)],
)
def test_images_that_were_taken_apart(spread_ms: float, due_ms: float, level: Level):
    assert camera_age.check_skew(spread_ms, due_ms).level is level


def test_who_else_commands_the_arm_is_named():
    assert permit.check_senders("") == OK
    verdict = permit.check_senders("/teleop on /commands")
    assert verdict.level is Level.LATCHED
    assert "/teleop on /commands" in verdict.reason


def pushed(rail: ContactForce, force: tuple[float, float, float], seconds: float) -> Verdict:
    verdicts = [rail.check(np.array(force), 0.001 * tick) for tick in range(round(1000 * seconds) + 1)]
    return verdicts[-1]


def test_a_contact_stops_the_arm_after_20_ms():
    assert pushed(ContactForce(), (0.0, 0.0, 26.0), 0.019) == OK
    verdict = pushed(ContactForce(), (0.0, 15.0, 21.0), 0.02)
    assert (verdict.level, "26 N" in verdict.reason) == (Level.LATCHED, True)
    assert pushed(ContactForce(), (0.0, 15.0, 19.0), 1.0) == OK
    assert pushed(ContactForce(), (NAN, 0.0, 0.0), 0.02).level is Level.LATCHED
    assert pushed(ContactForce(recovers=True), (0.0, 0.0, 26.0), 0.02).level is Level.HOLD


def test_a_short_knock_is_no_contact():
    rail = ContactForce()
    pushed(rail, (0.0, 0.0, 40.0), 0.015)
    assert rail.check(np.zeros(3), 0.016) == OK
    assert rail.check(np.array([0.0, 0.0, 40.0]), 0.03) == OK


def test_the_offset_is_what_is_measured_at_rest():
    rail = ContactForce()
    rail.rest(np.array([[0.0, 0.0, 12.0], [0.0, 0.0, 14.0], [NAN, 0.0, 0.0], [0.0, 0.0, 13.0]]))
    assert pushed(rail, (0.0, 0.0, 37.9), 0.05) == OK
    assert pushed(rail, (0.0, 0.0, -12.1), 0.05).level is Level.LATCHED
    rail.rest(np.full((3, 3), NAN))
    assert pushed(rail, (0.0, 0.0, 37.9), 0.05) == OK, "the last offset is kept"


def test_forces_that_stay_away():
    rail = ContactForce()
    assert rail.watch(100.0) == OK, "a robot that tells none"
    rail.check(np.zeros(3), 100.0)
    assert rail.watch(100.19) == OK
    assert rail.watch(100.21).level is Level.HOLD


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Permit(True, True, 9.75), ""),
        (Permit(True, True, 9.74), "dead-man is not held"),
        (Permit(True, True, None), "dead-man is not held"),
        (Permit(False, True, 10.0), "not armed"),
        (Permit(True, False, 10.0), "not ready"),
        (Permit(True, True, None, float("inf")), ""),
        (Permit(True, True, 0.1, 10.0), ""),
    ],
)
def test_what_has_to_hold_for_the_arm_to_move(given: Permit, reason: str):
    verdict = permit.check(given, 10.0)
    assert verdict.level is (Level.HOLD if reason else Level.OK)
    assert reason in verdict.reason


def test_steps_of_an_episode_and_speed_of_a_reset():
    assert not permit.out_of_steps(199)
    assert permit.out_of_steps(200)
    assert permit.out_of_steps(3, 3)
    assert permit.reset_time_s(REST) == 2.0
    change = np.array([0.0, -1.2, 0.4])
    seconds = permit.reset_time_s(change)
    times = np.linspace(0.0, 1.0, 1001)
    quintic = 10 * times**3 - 15 * times**4 + 6 * times**5
    peak = 1.2 * np.diff(quintic).max() / (seconds / 1000)
    assert peak == pytest.approx(permit.RESET_SPEED, rel=1e-3)


def test_the_most_severe_verdict_counts_and_among_equals_the_first():
    hold, other = Verdict(Level.HOLD, "one"), Verdict(Level.HOLD, "two")
    assert worst([]) == OK
    assert worst([OK, hold, other]) is hold
    assert worst([hold, Verdict(Level.FAULT, "three"), other]).reason == "three"
    assert list(Level) == sorted(Level)
