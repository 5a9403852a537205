"""A session's way through an episode: armed, run, labelled, reset, settled, and each way in which it does not count."""

import pytest
from session_samples import AT_HOME, AWAY, BLIND, GAP, PUSH, REFLEX, Played, running

from dsrl_core.acting.execution.guided_reset import ArmState, Phase
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails.verdict import Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState

IDLE, RUNNING, HOLD, ARMED, FAULT, RESETTING = (
    SessionState.IDLE,
    SessionState.RUNNING,
    SessionState.HOLD,
    SessionState.ARMED,
    SessionState.FAULT,
    SessionState.RESETTING,
)


def labelled(kind: Kind = Kind.SUCCESS) -> Played:
    """An episode that has ended and has its label; its orders so far are forgotten."""
    played = running()
    assert played.press(kind)
    played.done()
    return played


def test_nothing_moves_before_an_episode_is_asked_for():
    played = Played()
    assert not played.press(Kind.ARM, 0)
    assert played.judge().session.state is IDLE
    assert not played.session.permits(played.now_s)
    assert played.done() == []


def test_a_guided_reset_goes_step_by_step_and_the_arm_moves_only_after_the_area_is_clear():
    played = Played().start()
    session = played.session
    assert (session.state, session.waiting.what) == (RESETTING, "the arm at rest")
    assert not played.press(Kind.CONFIRM_RESET), "nothing to confirm yet"
    played.see(ArmState(at_rest=False, gripper_open=False, home_error_rad=1.0))
    assert played.done() == []
    played.see(ArmState(at_rest=True, gripper_open=False, home_error_rad=1.0))
    assert (played.done(), session.waiting.what) == ([Do.OPEN], "the gripper open")
    played.see(AWAY)
    assert (session.waiting.person, session.moves_home) == (True, False)
    assert not played.press(Kind.ARM), "the arm is not at home"
    assert played.press(Kind.CONFIRM_RESET)
    assert (played.done(), session.moves_home) == ([Do.HOME], True)
    played.see(ArmState(at_rest=True, gripper_open=True, home_error_rad=0.011))
    played.see(ArmState(at_rest=False, gripper_open=True, home_error_rad=0.0))
    assert session.moves_home
    played.see(AT_HOME)
    assert "scene" in session.waiting.what
    assert played.press(Kind.CONFIRM_RESET)
    assert (session.state, played.done()) == (RUNNING, [Do.ANCHOR, Do.READY])
    assert session.permits(played.now_s)


def test_arm_is_as_good_as_the_last_confirmation():
    played = Played().start().see(AWAY).see(AWAY)
    played.press(Kind.CONFIRM_RESET)
    played.see(AT_HOME)
    assert played.press(Kind.ARM)
    assert played.session.state is RUNNING


def test_without_a_guided_reset_arm_begins():
    played = Played(Session(SessionSettings(guided=False, deadman_s=float("inf")))).start()
    assert (played.session.state, played.session.waiting.what) == (IDLE, "arming")
    assert played.press(Kind.ARM)
    assert (played.session.state, played.done()) == (RUNNING, [Do.ANCHOR, Do.READY])
    played.step()
    assert played.press(Kind.FAILURE)
    assert (played.session.state, played.done()) == (IDLE, [Do.STOP, Do.END])
    assert played.press(Kind.ARM)
    assert (played.session.state, played.done()) == (ARMED, [Do.SETTLE])


def test_the_dead_man_has_to_be_held_at_every_moment():
    played = Played(Session(SessionSettings())).start().reset()
    assert (played.session.state, played.done()) == (ARMED, [Do.OPEN, Do.HOME])
    assert played.session.waiting.what == "the dead-man is not held"
    played.press(Kind.HELD)
    assert (played.session.state, played.done()) == (RUNNING, [Do.ANCHOR, Do.READY])
    assert played.wait(0.25).session.state is RUNNING
    assert played.session.permits(played.now_s)
    assert not played.session.permits(played.now_s + 0.01), "before anybody has looked"
    assert played.wait(0.01).session.state is HOLD
    assert (played.done(), played.session.holds) == ([Do.STOP], 1)
    played.press(Kind.HELD)
    assert (played.session.state, played.done()) == (RUNNING, [Do.DECIDE])
    played.press(Kind.RELEASED)
    assert (played.session.state, played.done()) == (HOLD, [Do.STOP])


@pytest.mark.parametrize("kind", [Kind.SUCCESS, Kind.FAILURE])
def test_a_label_ends_the_episode_and_is_final_when_the_next_is_armed(kind: Kind):
    played = running()
    assert played.press(kind)
    assert (played.done(), played.session.state) == ([Do.STOP, Do.END], RESETTING)
    played.reset()
    assert [(order.do, order.success, order.episode) for order in played.ordered] == [
        (Do.OPEN, False, 0),
        (Do.HOME, False, 0),
        (Do.SETTLE, kind is Kind.SUCCESS, 0),
    ]
    assert (played.session.state, played.session.waiting.what) == (ARMED, "the next episode")
    played.done()
    played.wait(3600).start(1)
    assert (played.session.state, played.done()) == (RUNNING, [Do.ANCHOR, Do.READY])


def test_a_label_counts_within_60_s_of_the_end():
    played = running(steps=5)
    assert (played.session.state, played.session.reason) == (IDLE, "time-out after 5 steps")
    assert played.session.waiting.what == "a label, success or failure"
    assert played.wait(60.0).done() == []
    assert played.press(Kind.SUCCESS)
    other = running(steps=5)
    assert other.wait(60.1).ordered == [Order(Do.DROP, 0, "no label within 60 s")]
    assert not other.press(Kind.SUCCESS)
    assert other.session.state is RESETTING


def test_a_label_can_be_taken_back_until_the_next_episode_is_armed():
    played = labelled(Kind.SUCCESS)
    played.see(AWAY).see(AWAY)
    assert played.press(Kind.TAKE_BACK)
    assert not played.press(Kind.TAKE_BACK)
    played.press(Kind.CONFIRM_RESET)
    played.see(AT_HOME)
    assert not played.press(Kind.CONFIRM_RESET), "without a label the next is not armed"
    assert "label" in played.session.waiting.what
    assert played.press(Kind.FAILURE)
    played.done()
    assert played.press(Kind.CONFIRM_RESET)
    assert [(order.do, order.success) for order in played.ordered] == [(Do.SETTLE, False)]
    assert not played.press(Kind.TAKE_BACK), "it is final"


def test_a_label_that_was_taken_back_is_waited_for_anew():
    played = labelled().see(AWAY).see(AWAY)
    played.wait(50).press(Kind.TAKE_BACK)
    played.done()
    assert played.wait(59).done() == []
    assert played.wait(2).done() == [Do.DROP]


def test_two_labels_that_disagree_drop_the_episode_and_two_that_agree_do_not():
    played = labelled(Kind.SUCCESS)
    assert played.press(Kind.SUCCESS)
    assert played.done() == []
    assert played.press(Kind.FAILURE)
    assert played.ordered == [Order(Do.DROP, 0, "two labels disagree")]


def test_a_late_press_does_nothing_to_the_next_episode():
    played = labelled().reset()
    played.start(1)
    played.step().done()
    for kind in (Kind.ARM, Kind.SUCCESS, Kind.FAILURE, Kind.DISCARD, Kind.CONFIRM_RESET, Kind.TAKE_BACK):
        assert not played.press(kind, episode=0)
    assert (played.session.state, played.done()) == (RUNNING, [])


def test_an_episode_without_a_step_has_no_label():
    played = running(steps=0)
    assert not played.press(Kind.SUCCESS)
    assert played.session.state is RUNNING


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


def test_the_time_of_a_person_is_counted_and_no_time_out():
    played = running(steps=5)
    played.wait(30)
    assert played.session.person_s == pytest.approx(30)
    played.press(Kind.SUCCESS)
    played.wait(2).see(AWAY).see(AWAY).wait(1000)
    assert played.session.person_s == pytest.approx(1030)
    assert Do.DROP not in played.done()


def test_a_fault_before_the_first_episode_can_be_confirmed():
    session = Session(SessionSettings())
    session.judge([Verdict(Level.FAULT, "no joint states")], 0.0)
    assert session.take(OperatorEvent(Kind.CONFIRM_RESET, 0, "test"), 0.1)
    session.judge([], 0.2)
    assert session.state is not SessionState.FAULT
