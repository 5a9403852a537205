"""A gripper is told on edges only, not before the dwell, and stops before it turns round."""

from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.execution.robot_end.gripper import (
    DWELL_S,
    HOME_LIMIT_S,
    LIMIT_S,
    STOP_LIMIT_S,
    Command,
    Gripper,
    Order,
)


def began(command: Command = Command.CLOSE) -> Gripper:
    """A gripper that was sent its first command at 0 s, which has number 1."""
    gripper = Gripper()
    gripper.wish(command is Command.CLOSE)
    assert gripper.due(0.0) == Order(command, 1)
    return gripper


def test_nothing_is_sent_without_a_wish():
    assert Gripper().due(0.0) is None


def test_the_same_wish_is_sent_once():
    gripper = began()
    gripper.ended(1, True)
    for tick in range(200):
        gripper.wish(True)
        assert gripper.due(tick / 15) is None


def test_a_wish_within_the_dwell_waits_and_one_that_reverts_is_forgotten():
    gripper = began()
    gripper.ended(1, True)
    gripper.wish(False)
    assert gripper.due(DWELL_S - 0.01) is None
    gripper.wish(True)
    assert gripper.due(DWELL_S + 0.01) is None
    gripper.wish(False)
    assert gripper.due(DWELL_S + 0.02) == Order(Command.OPEN, 2)


def test_a_motion_that_runs_is_stopped_before_the_next():
    gripper = began()
    gripper.wish(False)
    assert gripper.due(1.0) == Order(Command.STOP, 2)
    assert gripper.due(1.6) is None, "the stop is not answered yet"
    gripper.ended(1, False, "canceled")
    gripper.stopped(2, True)
    assert gripper.trouble == ""
    assert gripper.due(1.7) == Order(Command.OPEN, 3)


def test_a_wish_that_returns_while_its_motion_is_stopped_is_sent_again():
    gripper = began()
    gripper.wish(False)
    gripper.due(1.0)
    gripper.wish(True)
    gripper.stopped(2, True)
    assert gripper.due(1.6) == Order(Command.CLOSE, 3)


def test_a_stop_that_fails_or_stays_unanswered_is_tried_again_and_nothing_else_is_sent():
    gripper = began()
    gripper.wish(False)
    gripper.due(1.0)
    gripper.stopped(2, False, "no connection")
    assert "does not stop: no connection" in gripper.trouble
    assert gripper.due(1.6) == Order(Command.STOP, 3)
    assert gripper.due(1.6 + STOP_LIMIT_S + 0.1) == Order(Command.STOP, 4)
    assert "not answered a stop" in gripper.trouble
    gripper.stopped(3, True)
    assert gripper.due(4.0) is not None, "an answer to an older stop says nothing"


def test_a_motion_without_an_end_is_told_and_a_late_end_clears_it():
    gripper = began()
    assert gripper.due(LIMIT_S) is None
    assert gripper.trouble == ""
    assert gripper.due(LIMIT_S + 0.1) is None
    assert "not ended to close for 3 s" in gripper.trouble
    assert gripper.busy
    gripper.ended(1, True)
    assert gripper.trouble == ""
    assert not gripper.busy


def test_a_stuck_motion_can_still_be_turned_round():
    gripper = began()
    gripper.due(10.0)
    gripper.wish(False)
    assert gripper.due(10.1) == Order(Command.STOP, 2)


def test_a_failed_motion_is_told_and_not_repeated():
    gripper = began()
    gripper.ended(1, False, "jaw blocked")
    assert gripper.trouble == "the gripper failed to close: jaw blocked"
    assert gripper.due(5.0) is None
    gripper.wish(False)
    assert gripper.due(5.1) == Order(Command.OPEN, 2)
    gripper.ended(2, True)
    assert gripper.trouble == ""


def test_a_command_that_was_not_taken_is_sent_again_after_the_dwell():
    gripper = began()
    gripper.refused(1, "no gripper")
    assert gripper.trouble == "no gripper"
    assert gripper.due(DWELL_S - 0.1) is None
    assert gripper.due(DWELL_S) == Order(Command.CLOSE, 2)


def test_homing_is_only_asked_for_has_more_time_and_leaves_the_gripper_open():
    gripper = began()
    assert "busy" in gripper.ask_home()
    gripper.ended(1, True)
    assert gripper.ask_home() == ""
    assert gripper.due(2.0) == Order(Command.HOME, 2)
    assert gripper.due(2.0 + LIMIT_S + 1) is None
    assert gripper.trouble == ""
    gripper.due(2.1 + HOME_LIMIT_S)
    assert "home" in gripper.trouble
    gripper.ended(2, True)
    assert gripper.due(30.0) is None, "it does not close again by itself"
    gripper.wish(True)
    assert gripper.due(30.1) == Order(Command.CLOSE, 3)


EVENTS = st.lists(
    st.tuples(st.floats(0.0, 1.0), st.sampled_from(["open", "close", "ended", "failed", "stopped", "lost", "refused"])),
    max_size=60,
)


@given(EVENTS)
def test_whatever_happens_commands_keep_the_dwell_and_none_is_sent_into_a_motion(events):
    gripper, now_s, sent, running = Gripper(), 0.0, [], 0
    for wait_s, event in events:
        now_s += wait_s
        number = sent[-1][1].number if sent else 0
        if event in ("open", "close"):
            gripper.wish(event == "close")
        elif event in ("ended", "failed"):
            gripper.ended(running, event == "ended")
            running = 0
        elif event in ("stopped", "lost"):
            stopping = bool(sent) and sent[-1][1].command is Command.STOP
            gripper.stopped(number, event == "stopped")
            running = 0 if stopping and event == "stopped" else running
        else:
            gripper.refused(number, "refused")
            running = 0 if running == number else running
        order = gripper.due(now_s)
        if order is not None:
            assert not sent or now_s - sent[-1][0] >= DWELL_S
            assert order.command is Command.STOP or not running
            sent.append((now_s, order))
            running = running if order.command is Command.STOP else order.number
