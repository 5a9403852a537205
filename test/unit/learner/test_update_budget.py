"""How many gradient steps are due, and which episodes count as trained on."""

import pytest
from learner_samples import make_episode, make_preset

from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.types import Episode, NoiseSource, Purpose


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


CLONING = 40  # gradient steps


def _operated(operated: int = 2, clone_steps: int = CLONING, **schedule: int) -> UpdateBudget:
    return UpdateBudget(make_preset({"schedule": schedule, "clone": {"steps": clone_steps}}), operated)


def _won(number: int, **changes: object) -> Episode:
    return make_episode(number, 3, noise_sources=(NoiseSource.OPERATOR,) * 3, success=True, **changes)


def test_cloning_is_due_once_when_the_operators_episodes_are_in():
    budget = _operated(start_episodes=0, first_steps=10)
    assert [budget.take(episode, 0) for episode in (_won(0), make_episode(1, 3))] == [0, CLONING]
    assert (budget.clone_until, budget.started) == (CLONING, False)
    assert [budget.take(_won(number), CLONING) for number in (2, 3)] == [16, 6], "then training begins"
    assert budget.clone_until == CLONING


def test_a_longer_warm_up_goes_on_after_cloning():
    budget = _operated(start_episodes=4)
    assert [budget.take(_won(number), 0) for number in range(5)] == [0, CLONING, 0, 6, 6]


@pytest.mark.parametrize("start", [0, 1, 4])
def test_where_the_operator_fails_training_begins_without_cloning(start: int):
    budget = _operated(start_episodes=start)
    lost = [make_episode(number, 3, noise_sources=(NoiseSource.OPERATOR,) * 3) for number in range(6)]
    first = max(2, start)
    assert [budget.take(episode, 0) for episode in lost] == [0] * (first - 1) + [6] * (7 - first)
    assert budget.take(_won(6), 0) == 6, "training has begun: a success of a takeover is no reason to clone"
    assert budget.clone_until == 0


def test_no_steps_of_cloning_leave_training_as_it_is():
    budget = _operated(clone_steps=0, start_episodes=0)
    assert [budget.take(_won(number), 0) for number in range(3)] == [0, 6, 6]
    assert budget.clone_until == 0


def test_without_an_operators_episodes_a_takeover_asks_for_no_cloning():
    budget = _operated(0, start_episodes=2)
    assert [budget.take(_won(number), 0) for number in range(3)] == [0, 6, 6]


def test_a_recording_is_cloned_at_once_and_before_the_operators_own_episodes_are_in_not():
    recorded, both = _operated(0, start_episodes=1), _operated(2, start_episodes=1)
    for budget in (recorded, both):
        for number in (7, 8):
            budget.know(_won(number), 100)
    assert (recorded.target, recorded.clone_until, recorded.episodes) == (100 + CLONING, 100 + CLONING, 0)
    assert both.target == both.clone_until == 0
    assert [both.take(make_episode(number, 3), 0) for number in range(2)] == [0, CLONING], "the recording's"
    lost = _operated(0)
    lost.know(make_episode(0, noise_sources=(NoiseSource.OPERATOR,) * 3), 0)
    assert lost.target == 0


@pytest.mark.parametrize("seen", [1, 2, 3, 4])
@pytest.mark.parametrize("start", [0, 4])
def test_a_budget_with_cloning_goes_on_after_a_restart_as_without_one(seen: int, start: int):
    episodes = [_won(0), *(make_episode(number, 3) for number in range(1, 6))]
    whole, first, resumed = (_operated(start_episodes=start, first_steps=10) for _ in range(3))
    expected = [whole.take(episode, whole.target) for episode in episodes]
    for episode in episodes[:seen]:
        first.take(episode, first.target)
    resumed.load(first.state())
    for episode in episodes[:seen]:
        resumed.restore(episode)
    assert [resumed.take(episode, resumed.target) for episode in episodes[seen:]] == expected[seen:]
    assert resumed.state() == whole.state()
    assert (resumed.clone_until, resumed.to_clone) == (CLONING, True)


def test_a_state_of_an_earlier_version_has_no_cloning():
    state = _operated().state()
    del state["clone_until"]
    budget = _operated()
    budget.load(state)
    assert budget.clone_until == 0
