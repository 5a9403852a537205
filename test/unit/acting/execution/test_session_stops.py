"""What stops a session or drops its episode: a person, a rail, a fault, a reset that takes too long; and the way on."""

import pytest
from session_samples import (
    ARMED,
    AWAY,
    BLIND,
    FAULT,
    GAP,
    HOLD,
    IDLE,
    PUSH,
    REFLEX,
    RESETTING,
    RUNNING,
    Played,
    labelled,
    running,
)

from dsrl_core.acting.execution.guided_reset import ArmState, Phase
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails.verdict import Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState


@pytest.mark.parametrize(
    ("steps", "press_before"),
    [(0, None), (1, None), (1, Kind.SUCCESS), (5, None)],
    ids=["begun", "run", "reset", "end"],
)
def test_stop_wins_in_every_state(steps: int, press_before: Kind | None):
    played = running(steps=steps)
    if press_before is not None:
        played.press(press_before)
        played.see(AWAY).see(AWAY).press(Kind.CONFIRM_RESET)
        assert played.session.moves_home
    played.done()
    assert played.press(Kind.STOP, episode=77), "whatever the episode"
    assert (played.session.state, played.done()[0]) == (HOLD, Do.STOP)
    assert not played.session.permits(played.now_s)
    assert not played.session.moves_home
    for _ in range(3):
        played.judge().wait(1).press(Kind.HELD)
        played.press(Kind.ARM)
    assert played.session.state is HOLD, "the confirmation alone ends it"
    assert played.press(Kind.CONFIRM_RESET)
    assert played.session.state in (RESETTING, IDLE)


def test_a_stop_drops_an_episode_that_runs_and_keeps_a_label_that_was_given():
    played = running()
    played.press(Kind.STOP)
    assert played.done() == [Do.STOP, Do.DROP]
    played = labelled(Kind.FAILURE)
    played.press(Kind.STOP)
    played.press(Kind.CONFIRM_RESET)
    played.reset()
    assert Order(Do.SETTLE, 0) in played.ordered


def test_a_stop_before_the_episode_begins_costs_nothing():
    played = Played().start()
    played.press(Kind.STOP)
    played.press(Kind.CONFIRM_RESET)
    assert Do.DROP not in played.reset().done()
    assert (played.session.state, played.session.episode) == (RUNNING, 0)


def test_discard():
    played = running()
    assert played.press(Kind.DISCARD)
    assert (played.done(), played.session.state) == ([Do.STOP, Do.DROP], RESETTING)
    assert not played.press(Kind.DISCARD)
    played = labelled()
    assert played.press(Kind.DISCARD)
    assert played.done() == [Do.DROP]


def test_hold_ends_with_its_reason_and_a_new_decision_is_asked_for():
    played = running().judge(GAP)
    assert (played.session.state, played.session.reason, played.done()) == (HOLD, "a gap", [Do.STOP])
    assert (played.session.waiting.what, played.session.waiting.person) == ("a gap", False)
    played.judge(GAP).wait(5)
    assert (played.session.state, played.done()) == (HOLD, [])
    played.judge()
    assert (played.session.state, played.done(), played.session.holds) == (RUNNING, [Do.DECIDE], 1)


def test_a_hold_begins_a_reset_anew():
    played = labelled().see(AWAY).see(AWAY)
    played.judge(GAP)
    assert not played.press(Kind.CONFIRM_RESET), "not while a rail is not content"
    played.judge().press(Kind.CONFIRM_RESET)
    played.done()
    played.judge(GAP)
    assert (played.session.state, played.session.moves_home, played.done()) == (RESETTING, False, [Do.STOP])
    played.judge().reset()
    assert played.session.state is ARMED


@pytest.mark.parametrize(("verdict", "state"), [(PUSH, HOLD), (REFLEX, FAULT)])
def test_a_latched_state_drops_the_episode_and_is_left_by_the_confirmation_alone(verdict, state):
    played = running().judge(verdict)
    assert (played.session.state, played.done()) == (state, [Do.STOP, Do.DROP])
    played.judge().wait(100)
    assert (played.session.state, played.session.waiting.person) == (state, True)
    assert not played.press(Kind.ARM)
    played.start(1)
    assert not played.press(Kind.CONFIRM_RESET, episode=0), "a late press"
    assert played.session.state is state
    assert played.press(Kind.CONFIRM_RESET)
    assert played.done() == ([Do.RECOVER] if state is FAULT else [])
    assert played.session.state is RESETTING, "all rails are content"
    assert Do.READY in played.reset().done()


def test_a_fault_is_left_when_the_robot_has_recovered_and_not_before():
    played = running().judge(REFLEX)
    played.press(Kind.CONFIRM_RESET)
    played.done()
    assert played.judge(REFLEX).session.waiting.what == "the robot's recovery"
    played.wait(9.9).judge(REFLEX)
    played.press(Kind.CONFIRM_RESET)
    assert played.done() == [], "recovery is asked for once"
    played.wait(9.9).judge(REFLEX).judge()
    assert played.session.state is RESETTING
    other = running().judge(REFLEX)
    other.press(Kind.CONFIRM_RESET)
    other.wait(10.1).judge()
    assert other.session.state is FAULT, "the confirmation was too long ago"
    other.press(Kind.CONFIRM_RESET)
    assert other.session.state is RESETTING


def test_what_happens_anew_has_not_been_confirmed():
    played = running().judge(PUSH)
    played.press(Kind.CONFIRM_RESET)
    played.judge(PUSH).judge(GAP).judge(PUSH).judge()
    assert played.session.state is HOLD
    played.press(Kind.CONFIRM_RESET)
    assert played.session.state is RESETTING


def test_a_stop_takes_a_confirmation_back():
    played = running().judge(REFLEX)
    played.press(Kind.CONFIRM_RESET)
    played.press(Kind.STOP)
    assert played.judge().session.state is FAULT


def test_a_fault_follows_a_latched_hold_and_a_latched_hold_no_fault():
    played = running().judge(PUSH).judge(REFLEX)
    assert (played.session.state, played.session.holds, played.session.faults) == (FAULT, 1, 1)
    played.judge(PUSH)
    assert (played.session.state, played.session.reason) == (FAULT, "a reflex")
    assert played.done().count(Do.DROP) == 1


def test_a_rail_that_drops_leads_to_the_reset_without_a_confirmation():
    played = running().judge(BLIND)
    assert (played.session.state, played.done()) == (RESETTING, [Do.STOP, Do.DROP])


def test_what_an_episode_that_steering_gives_up_leads_to():
    played = running()
    played.start(1)
    assert (played.session.state, played.session.steps) == (RESETTING, 0)
    assert [(order.do, order.episode) for order in played.ordered] == [(Do.STOP, 0), (Do.DROP, 0)]
    played.done()
    assert played.start(1).done() == [], "asked again"


@pytest.mark.parametrize(
    ("phase", "seconds", "word"), [(Phase.REST, 3, "rest"), (Phase.OPEN, 3, "gripper"), (Phase.HOME, 30, "home")]
)
def test_a_reset_that_takes_too_long_is_held_for_the_operator(phase: Phase, seconds: float, word: str):
    played = Played().start()
    if phase is not Phase.REST:
        played.see(ArmState(at_rest=True, gripper_open=phase is Phase.HOME, home_error_rad=1.0))
    if phase is Phase.HOME:
        played.see(AWAY).press(Kind.CONFIRM_RESET)
    assert played.wait(seconds).session.state is RESETTING
    assert played.wait(0.1).session.state is HOLD
    assert word in played.session.reason
    assert played.press(Kind.CONFIRM_RESET)
    assert (played.session.state, played.session.waiting.what) == (RESETTING, "the arm at rest")


def test_a_fault_before_the_first_episode_can_be_confirmed():
    session = Session(SessionSettings())
    session.judge([Verdict(Level.FAULT, "no joint states")], 0.0)
    assert session.take(OperatorEvent(Kind.CONFIRM_RESET, 0, "test"), 0.1)
    session.judge([], 0.2)
    assert session.state is not SessionState.FAULT
