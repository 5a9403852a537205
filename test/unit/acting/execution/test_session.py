"""A session's way through an episode: armed, run, labelled, reset, settled, and each way in which it does not count."""

import pytest
from session_samples import (
    ARMED,
    AT_HOME,
    AWAY,
    HOLD,
    IDLE,
    RESETTING,
    RUNNING,
    Played,
    labelled,
    running,
)

from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings


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


def test_the_time_of_a_person_is_counted_and_no_time_out():
    played = running(steps=5)
    played.wait(30)
    assert played.session.person_s == pytest.approx(30)
    played.press(Kind.SUCCESS)
    played.wait(2).see(AWAY).see(AWAY).wait(1000)
    assert played.session.person_s == pytest.approx(1030)
    assert Do.DROP not in played.done()
