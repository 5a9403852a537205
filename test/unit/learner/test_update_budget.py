"""How many gradient steps are due, and which episodes count as trained on."""

import pytest
from learner_samples import make_episode, make_preset

from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.types import Purpose


def _budget(**schedule: int) -> UpdateBudget:
    return UpdateBudget(make_preset({"schedule": schedule}))  # utd is 2


def test_warm_up_by_episodes_asks_for_no_gradient_steps():
    budget = _budget(start_episodes=2)
    assert [budget.take(make_episode(i, 3), 0) for i in range(3)] == [0, 6, 6]


def test_warm_up_by_transitions_asks_for_no_gradient_steps():
    budget = _budget(start_episodes=0, start_transitions=7)
    assert [budget.take(make_episode(i, 3), 0) for i in range(4)] == [0, 0, 6, 6]


def test_first_steps_come_once():
    budget = _budget(start_episodes=1, first_steps=100)
    assert [budget.take(make_episode(i, 3), 0) for i in range(3)] == [106, 6, 6]


def test_an_episode_is_trained_on_when_its_steps_are_done():
    budget = _budget(start_episodes=2)
    budget.take(make_episode(0, 3), 0)
    assert budget.after_episode(0) == {"robot0": 0}, "warm-up asks for nothing"
    budget.take(make_episode(4, 3), 0)
    assert budget.after_episode(5) == {"robot0": 0}
    budget.take(make_episode(1, 3, robot="robot1"), 5)
    assert budget.after_episode(6) == {"robot0": 4}
    assert budget.after_episode(11) == {"robot0": 4}
    assert budget.after_episode(12) == {"robot0": 4, "robot1": 1}


def test_steps_beyond_the_budget_do_not_count_for_later_episodes():
    budget = _budget(start_episodes=0)
    budget.take(make_episode(0, 3), 0)
    budget.take(make_episode(1, 3), 50)
    assert budget.target == 56
    assert budget.after_episode(50) == {"robot0": 0}


def test_state_round_trip_keeps_what_is_due():
    budget, resumed = _budget(start_episodes=1), _budget(start_episodes=1)
    episodes = [make_episode(i, 3) for i in range(3)]
    for episode in episodes:
        budget.take(episode, 0)
    budget.after_episode(6)
    resumed.load(budget.state())
    assert all(resumed.covers(episode) for episode in episodes)
    assert not resumed.covers(make_episode(3))
    assert not resumed.covers(make_episode(0, robot="robot1"))
    for episode in episodes:
        resumed.restore(episode)
    assert resumed.target == 18
    assert resumed.after_episode(7) == {"robot0": 0}
    assert resumed.after_episode(18) == {"robot0": 2}
    assert (resumed.episodes, resumed.transitions, resumed.started) == (3, 9, True)


def test_restored_episodes_count_towards_the_warm_up_but_ask_for_no_steps():
    budget = _budget(start_episodes=2, first_steps=10)
    for i in range(3):
        budget.restore(make_episode(i, 3))
    assert budget.target == 0
    assert budget.after_episode(0) == {"robot0": 2}
    assert budget.take(make_episode(3, 3), 0) == 6, "training had begun: no first steps"


def test_evaluation_is_refused():
    with pytest.raises(ValueError, match="only training episodes"):
        _budget().take(make_episode(0, purpose=Purpose.EVAL), 0)
