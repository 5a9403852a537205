"""An arm is recovered in steps, in their order, and only when a person asks."""

import pytest

from dsrl_core.acting.execution.robot_end.interface import RobotMode
from dsrl_core.acting.execution.robot_end.recovery import LIMIT_S, ORDER, Outcome, Recovery, Step


def asked(mode: int = RobotMode.REFLEX) -> Recovery:
    recovery = Recovery()
    assert recovery.ask(mode) == ""
    return recovery


def at(step: Step) -> Recovery:
    """A recovery that has begun this step at 0 s."""
    recovery = asked()
    for earlier in ORDER:
        assert recovery.due(0.0) is earlier
        if earlier is step:
            break
        recovery.answered(earlier, True)
    return recovery


def test_nothing_begins_unasked():
    recovery = Recovery()
    recovery.seen(False, RobotMode.REFLEX)
    assert recovery.due(0.0) is None
    assert not recovery.running


def test_the_steps_begin_in_their_order_each_once_and_only_after_the_one_before():
    recovery, begun = asked(), []
    for tick in range(40):
        step = recovery.due(tick / 20)
        if step is not None:
            begun.append(step)
            for other in Step:
                if other is not step:
                    recovery.answered(other, True)
            recovery.answered(step, True)
    assert tuple(begun) == ORDER
    assert recovery.take_outcome() == Outcome(True, "the arm is ready")
    assert recovery.take_outcome() is None
    assert not recovery.running


@pytest.mark.parametrize("step", Step)
def test_a_step_that_fails_ends_the_recovery_with_its_name(step):
    recovery = at(step)
    recovery.answered(step, False, "aborted")
    assert recovery.take_outcome() == Outcome(False, f"failed to {step}: aborted")
    assert recovery.due(1.0) is None


@pytest.mark.parametrize("step", Step)
def test_a_step_without_an_answer_ends_it_too(step):
    recovery = at(step)
    assert recovery.due(LIMIT_S[step]) is None
    assert recovery.running
    assert recovery.due(LIMIT_S[step] + 0.1) is None
    outcome = recovery.take_outcome()
    assert outcome is not None
    assert outcome.text == f"failed to {step}: no answer for {LIMIT_S[step]:g} s"
    recovery.answered(step, True)
    assert not recovery.running, "a late answer begins nothing"


@pytest.mark.parametrize(
    ("active", "mode", "ready"),
    [
        (True, RobotMode.MOVE, True),
        (True, RobotMode.IDLE, True),
        (True, RobotMode.REFLEX, False),  # error flags can clear while the arm stays in reflex
        (True, RobotMode.USER_STOPPED, False),
        (False, RobotMode.IDLE, False),
    ],
)
def test_it_ends_only_where_the_robot_shows_that_it_is_ready(active, mode, ready):
    recovery = at(Step.CHECK)
    recovery.seen(active, mode)
    assert recovery.running is not ready


def test_what_the_robot_shows_before_the_last_step_counts_for_nothing():
    recovery = at(Step.HARDWARE)
    recovery.seen(True, RobotMode.MOVE)
    assert recovery.running


@pytest.mark.parametrize(("mode", "word"), [(RobotMode.USER_STOPPED, "release"), (RobotMode.GUIDING, "guided")])
def test_where_a_person_has_to_act_first_it_says_so(mode, word):
    recovery = Recovery()
    assert word in recovery.ask(mode)
    assert not recovery.running


def test_one_at_a_time():
    recovery = asked()
    assert "under way" in recovery.ask(RobotMode.REFLEX)
