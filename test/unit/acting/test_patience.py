"""How long steering waits for an episode, at both sides of each limit; a person's time does not count."""

import pytest
from builders import make_platform

from dsrl_core.acting.assembler import Assembler
from dsrl_core.acting.patience import Patience

CONTRACT = {
    "observation": {"cameras": {}, "state": [{"topic": "state", "names": ["x"]}], "timeout_s": 9.0},
    "episode": {"max_steps": 20, "ready_timeout_s": 30.0},
}
LATE_S = 3.2  # a third of the time-out, and the chunk of four steps at 20 Hz


def patience(ready_s: float | None = None) -> Patience:
    """An episode that was asked for at 0 s, and begun at `ready_s`."""
    platform = make_platform(CONTRACT)
    made = Patience(platform, Assembler(platform, lambda: 0.0))
    made.begin(0.0)
    made.sent(0.0)
    if ready_s is not None:
        made.begun(ready_s)
    return made


def test_what_was_sent_is_sent_again_each_second_without_progress():
    made = patience()
    assert [made.resends(now_s) for now_s in (1.0, 1.01)] == [False, True]
    made.sent(1.01)
    assert not made.resends(2.0)
    made.observed(2.0)
    assert not made.resends(3.0)


def test_a_robot_end_that_does_not_answer_costs_the_episode():
    assert patience().look(30.0).drop == ""
    assert patience().look(30.1).drop == "nothing for 30 s; missing: READY of the robot end"


def test_a_decision_that_is_late_is_told_and_then_costs_the_episode():
    assert patience(20.0).look(20.0 + LATE_S - 0.01).complaints == {}
    look = patience(20.0).look(20.0 + LATE_S + 0.01)
    assert look.drop == ""
    assert look.complaints["decision"].startswith("no decision for 3.2 s; missing: every stream")
    assert patience(20.0).look(29.0).drop == ""
    assert patience(20.0).look(29.1).drop.startswith("nothing for 9 s; missing: every stream")


def test_progress_begins_the_wait_anew():
    made = patience(20.0)
    made.observed(28.0)
    assert made.look(37.0).drop == ""
    assert made.look(37.1).drop


@pytest.mark.parametrize("ready_s", [None, 20.0])
def test_while_a_person_is_waited_for_no_time_passes(ready_s: float | None):
    made = patience(ready_s)
    made.waits_for = "a label"
    assert made.look(1e6) == made.look(2e6)
    assert made.look(2e6).drop == ""
    made.waits_for = ""
    assert made.look(2e6 + 8.9).drop == ""
    assert made.look(2e6 + 30.1).drop
