"""Steps of policy and person, sorted to decisions of at most so many steps."""

from random import Random

import numpy as np
import pytest

from dsrl_core.acting.execution.decisions import Asked, Decisions
from dsrl_core.types import Actor

N, A = 4, 2
POLICY, PERSON = Actor.POLICY, Actor.PERSON


def value(number: float) -> np.ndarray:
    return np.full(A, number, np.float32)


def told(asked: Asked | None) -> list[tuple[float, int]] | None:
    if asked is None:
        return None
    assert asked.executed.shape == (len(asked.actors), A)
    return list(zip(asked.executed[:, 0].tolist(), asked.actors.tolist(), strict=True))


def test_a_chunk_that_is_carried_out_asks_for_the_next_once():
    decisions = Decisions(N, A)
    assert decisions.due() is None
    assert decisions.arrive()
    for number in range(N):
        assert decisions.due() is None
        decisions.step(value(number), POLICY)
    assert told(decisions.due()) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert decisions.due() is None


def test_a_shorter_chunk_ends_with_its_last_step():
    decisions = Decisions(N, A)
    decisions.arrive()
    decisions.step(value(7), POLICY, last=True)
    assert not decisions.open
    assert told(decisions.due()) == [(7, 0)]


def test_an_interruption_asks_at_once_with_what_was_executed():
    decisions = Decisions(N, A)
    decisions.arrive()
    decisions.step(value(1), POLICY)
    decisions.interrupt()
    assert told(decisions.due()) == [(1, 0)]


def test_a_chunk_of_which_nothing_was_executed_is_decided_again():
    decisions = Decisions(N, A)
    decisions.arrive()
    decisions.interrupt()
    assert told(decisions.due()) == []


def test_an_interruption_while_the_chunk_is_awaited_asks_nothing():
    decisions = Decisions(N, A)
    decisions.interrupt()
    assert decisions.due() is None
    assert decisions.arrive(), "it may be carried out, if it is young enough"


def test_a_takeover_replaces_the_rest_of_a_chunk():
    decisions = Decisions(N, A)
    decisions.arrive()
    decisions.step(value(1), POLICY)
    for number in (10, 11, 12):
        decisions.step(value(number), PERSON)
    assert told(decisions.due()) == [(1, 0), (10, 1), (11, 1), (12, 1)]


def test_steps_before_the_chunk_belong_to_its_decision_and_the_chunk_is_not_carried_out():
    decisions = Decisions(N, A)
    for number in range(N):
        decisions.step(value(number), PERSON)
    assert not decisions.open, "it waits for the chunk"
    with pytest.raises(RuntimeError, match="at most 4 steps"):
        decisions.step(value(9), PERSON)
    assert decisions.due() is None
    assert not decisions.arrive()
    assert told(decisions.due()) == [(0, 1), (1, 1), (2, 1), (3, 1)]
    decisions.step(value(5), PERSON)
    assert not decisions.arrive()
    assert told(decisions.due()) == [(5, 1)]


def test_an_end_takes_what_there_is():
    decisions = Decisions(N, A)
    assert told(decisions.end()) == []
    decisions.step(value(5), PERSON)
    assert told(decisions.end()) == [(5, 1)]
    assert told(decisions.end()) == []


def test_whatever_happens_no_step_is_lost_and_no_decision_has_too_many():
    chance = Random(0)
    for _ in range(200):
        decisions, executed, recorded, may, arrived = Decisions(N, A), [], [], False, False
        for _ in range(60):
            match chance.choice(["arrive", "policy", "person", "person", "interrupt"]):
                case "arrive" if not arrived:
                    arrived, may = True, decisions.arrive()
                case "policy" if may and decisions.open:
                    executed.append((len(executed), 0))
                    decisions.step(value(executed[-1][0]), POLICY)
                case "person" if decisions.open:
                    executed.append((len(executed), 1))
                    decisions.step(value(executed[-1][0]), PERSON)
                    may = False
                case "interrupt":
                    decisions.interrupt()
                    may = may and not arrived
            steps = told(decisions.due())
            if steps is not None:
                assert arrived
                assert len(steps) <= N
                recorded += steps
                arrived = may = False
        assert recorded + (told(decisions.end()) or []) == executed
