"""The script plays whole episodes with a session: late, with mistakes that it takes back, and it forgets labels."""

import numpy as np
import pytest

from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator.scripted import Habits, ScriptedOperator
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_core.acting.execution.orders import Do
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState
from dsrl_core.acting.execution.waiting import CONFIRMATION

TICK_S = 0.05
AT_HOME = ArmState(at_rest=True, gripper_open=True, home_error_rad=0.0)
REFLEX = Verdict(Level.FAULT, "a reflex")


def play(
    habits: Habits,
    episodes: int,
    guided: bool = True,
    seed: int = 0,
    faults: float = 0.0,
    label_s: float = 5.0,
    done_at: int = 0,
):
    """Play with steering's part done at once.

    Where the task is done at all, it is from step `done_at` on.

    Returns:
        episode -> (truth, label, None where it was dropped), and the events.
    """
    session, operator = Session(SessionSettings(guided=guided, label_s=label_s)), ScriptedOperator(habits, seed)
    chance, truths, outcomes, events, now_s = np.random.default_rng(1), {}, {}, [], 0.0
    session.start(0, 20, now_s)
    while len(outcomes) < episodes:
        now_s += TICK_S
        assert now_s < 100.0 * episodes, f"it waits for {session.waiting.what}"
        if session.permits(now_s):
            session.stepped(now_s)
        session.judge([REFLEX if session.begun and chance.random() < faults else OK], now_s)
        session.observe(AT_HOME, now_s)
        session.watch(now_s)
        truth = truths.setdefault(session.episode, bool(chance.random() < 0.5))
        done = truth and (session.steps >= done_at or not session.begun)
        running = session.state is SessionState.RUNNING
        for event in operator.look(session.episode, session.waiting.what, done, now_s, running):
            events.append(event)
            session.take(event, now_s)
        for order in session.orders():
            if order.do in (Do.SETTLE, Do.DROP):
                outcomes[order.episode] = (truths[order.episode], order.success if order.do is Do.SETTLE else None)
                session.start(order.episode + 1, 20, now_s)
    return outcomes, events


@pytest.mark.parametrize("guided", [True, False])
def test_without_mistakes_every_label_is_the_truth(guided: bool):
    outcomes, events = play(Habits(delay_s=0.3, mistakes=0.0), 20, guided)
    assert all(truth == label for truth, label in outcomes.values())
    assert {label for _, label in outcomes.values()} == {True, False}
    assert Kind.TAKE_BACK not in {event.kind for event in events}


def test_a_task_that_gets_done_before_its_eyes_is_labelled_at_once_and_so_ends_the_episode():
    habits = Habits(delay_s=0.2, mistakes=0.0)
    outcomes, _ = play(habits, 20, done_at=5)
    assert all(truth == label for truth, label in outcomes.values())
    assert {label for _, label in outcomes.values()} == {True, False}
    script, seen = ScriptedOperator(habits, 0), list[tuple[float, Kind]]()
    for step in range(60):  # done at 1.0 s, and no more from 1.1 s on
        now_s = TICK_S * step
        done = script.look(4, "", 1.0 <= now_s < 1.1, now_s, True)
        seen += [(now_s, event.kind) for event in done if event.kind is not Kind.HELD]
    assert [kind for _, kind in seen] == [Kind.SUCCESS]
    assert 1.0 < seen[0][0] <= 1.35


def test_what_looks_done_from_the_start_is_not_done_before_its_eyes():
    script = ScriptedOperator(Habits(delay_s=0.1, mistakes=0.0), 0)
    seen = {event.kind for step in range(60) for event in script.look(4, "", True, TICK_S * step, True)}
    assert seen == {Kind.HELD}


@pytest.mark.parametrize("guided", [True, False])
def test_mistakes_are_taken_back_before_the_next_episode_is_armed(guided: bool):
    outcomes, events = play(Habits(delay_s=0.3, mistakes=1.0), 20, guided)
    assert all(truth == label for truth, label in outcomes.values())
    assert sum(event.kind is Kind.TAKE_BACK for event in events) == 20


def test_what_is_forgotten_is_dropped():
    outcomes, _ = play(Habits(delay_s=0.1, mistakes=0.2, forgets=0.4), 40)
    dropped = [label for _, label in outcomes.values() if label is None]
    assert 8 <= len(dropped) <= 24
    assert all(truth == label for truth, label in outcomes.values() if label is not None)


def test_faults_are_confirmed_and_a_released_dead_man_is_only_a_hold():
    outcomes, events = play(Habits(delay_s=0.1, releases=0.5, release_s=0.2), 15, faults=0.02)
    assert None in {label for _, label in outcomes.values()}
    assert Kind.RELEASED in {event.kind for event in events}
    assert all(truth == label for truth, label in outcomes.values() if label is not None)


def test_the_same_seed_gives_the_same_events():
    habits = Habits(mistakes=0.3, releases=0.2)
    assert play(habits, 5, seed=3) == play(habits, 5, seed=3)
    assert play(habits, 5, seed=3)[1] != play(habits, 5, seed=4)[1]


def test_it_takes_its_time():
    operator = ScriptedOperator(Habits(delay_s=1.0, mistakes=0.0), 0)
    session = Session(SessionSettings(guided=False))
    session.start(0, 5, 0.0)
    pressed = [
        now_s
        for now_s in np.arange(0.0, 3.0, TICK_S)
        if Kind.ARM in {event.kind for event in operator.look(0, session.waiting.what, True, now_s, False)}
    ]
    assert len(pressed) == 1
    assert 0.5 <= pressed[0] <= 1.55
    assert session.state is SessionState.IDLE


def test_what_had_no_effect_is_done_again_after_a_while():
    script = ScriptedOperator(Habits(delay_s=0.5), seed=0)
    done = [event.kind for step in range(240) for event in script.look(3, CONFIRMATION, False, 0.05 * step, False)]
    assert done.count(Kind.CONFIRM_RESET) == 3
