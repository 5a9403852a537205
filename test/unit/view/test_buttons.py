"""Which buttons are off: never one that the session would heed, and not more on than its status leaves open."""

from copy import deepcopy
from random import Random

import pytest

from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator_event import Kind, OperatorEvent
from dsrl_core.acting.execution.orders import Do
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings
from dsrl_core.view.buttons import (
    NO_SERVICE,
    NOBODY,
    OPERATOR,
    RUN,
    SILENT,
    operator_buttons,
    operator_why_not,
    run_buttons,
)
from dsrl_core.view.values import ExecutorValue, LearnerValue

AT_HOME = ArmState(at_rest=True, gripper_open=True, home_error_rad=0.0)
AWAY = ArmState(at_rest=True, gripper_open=True, home_error_rad=1.0)
MOVING = ArmState(at_rest=False, gripper_open=False, home_error_rad=1.0)
VERDICTS = [OK, OK, *(Verdict(level, level.name) for level in (Level.HOLD, Level.LATCHED, Level.FAULT, Level.DROP))]
SAID = [Kind.ARM, Kind.SUCCESS, Kind.FAILURE, Kind.STOP, Kind.DISCARD, Kind.CONFIRM_RESET, Kind.TAKE_BACK]


class Played:
    """A session that random events come to, and what topics say of it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        ways = SessionSettings(guided=self.random.random() < 0.5, deadman_s=self.random.choice([10.0, float("inf")]))
        self.session, self.now_s, self.episode = Session(ways), 0.0, -1
        self.label_open = False

    def status(self) -> ExecutorValue:
        session = self.session
        return ExecutorValue(
            robot="robot0",
            state=session.state.name,
            reason=session.reason,
            waits_for=session.waiting.what,
            episode=max(session.episode, 0),
        )

    def heeds(self, kind: Kind) -> bool:
        """Whether the session would take an event of this kind now."""
        trial = deepcopy(self.session)
        return trial.take(OperatorEvent(kind, max(trial.episode, 0), "keys"), self.now_s)

    def go_on(self) -> None:
        """One random event; steering asks for the next episode when one is settled or dropped."""
        session, pick = self.session, self.random.choice
        self.now_s += pick([0.01, 0.1, 0.3])
        what = self.random.random()
        if what < 0.5:
            kind = pick([*SAID, Kind.HELD, Kind.HELD, Kind.CONFIRM_RESET, Kind.ARM])
            session.take(OperatorEvent(kind, max(session.episode, 0), "keys"), self.now_s)
        elif what < 0.6:
            session.judge([pick(VERDICTS)], self.now_s)
        elif what < 0.8:
            session.judge([OK], self.now_s)
            session.observe(pick([AT_HOME, AWAY, MOVING]), self.now_s)
        elif session.begun:
            session.stepped(self.now_s)
        self._follow()

    def _follow(self) -> None:
        asks = self.episode < 0
        for order in self.session.orders():
            self.label_open = order.do is Do.END or (self.label_open and order.do not in (Do.SETTLE, Do.DROP))
            asks = asks or order.do in (Do.SETTLE, Do.DROP)
        if asks:
            self.episode += 1
            self.session.start(self.episode, 5, self.now_s)
            self._follow()


@pytest.mark.parametrize("known", [True, False])
def test_no_button_that_does_something_is_ever_off(known: bool) -> None:
    reached = set()
    for seed in range(60):
        played = Played(seed)
        for _ in range(60):
            played.go_on()
            status = played.status()
            reached.add(status.state)
            for kind in SAID:
                why_not = operator_why_not(kind, status, played.label_open if known else None)
                assert not (why_not and played.heeds(kind)), f"{kind.name}: {why_not!r}, but {status}"
    assert reached == {"IDLE", "RUNNING", "HOLD", "ARMED", "FAULT", "RESETTING"}


def test_with_the_topics_of_an_episode_hardly_a_button_is_on_that_does_nothing() -> None:
    on, idle = dict.fromkeys(SAID, 0), dict.fromkeys(SAID, 0)
    for seed in range(60):
        played = Played(seed)
        for _ in range(60):
            played.go_on()
            for kind in (
                SAID if played.session.steps or not played.session.begun else ()
            ):  # the first step comes at once
                if not operator_why_not(kind, played.status(), played.label_open):
                    on[kind] += 1
                    idle[kind] += not played.heeds(kind)
    for kind in SAID:
        assert on[kind], kind
        assert idle[kind] <= 0.2 * on[kind], kind


def test_who_has_no_operator_has_no_operator_buttons() -> None:
    idle = ExecutorValue(robot="robot0", state="IDLE")
    assert {button.why_not for button in operator_buttons(False, set(OPERATOR), idle, None)} == {NOBODY}
    assert {button.why_not for button in operator_buttons(None, set(), idle, None)} == {NO_SERVICE}
    unheard = {button.name: button.why_not for button in operator_buttons(True, set(OPERATOR), None, None)}
    assert unheard.pop("stop") == "", "stopping is never off"
    assert set(unheard.values()) == {SILENT}


@pytest.mark.parametrize(
    ("learner", "on"),
    [
        (LearnerValue(state="training"), {"pause", "save_checkpoint", "stop_after_episode"}),
        (LearnerValue(state="training", paused=True), {"resume", "save_checkpoint", "stop_after_episode"}),
        (LearnerValue(state="training", ending=True), {"save_checkpoint"}),
        (LearnerValue(state="training", ending=True, paused=True), {"save_checkpoint"}),
        (LearnerValue(state="done"), set()),
        (None, set()),
    ],
)
def test_buttons_of_a_run_follow_its_learner(learner: LearnerValue | None, on: set[str]) -> None:
    assert {button.name for button in run_buttons(RUN, learner, silent=False) if button.enabled} == on
    assert not any(button.enabled for button in run_buttons(RUN, learner, silent=True))
    assert not any(button.enabled for button in run_buttons((), learner, silent=False))
