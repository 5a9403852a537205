"""Which episodes are an operator's, a scripted one's or a person's, and when the actor is its clone."""

import dataclasses
import random

import pytest
from robots_world import CLONING, World, config_of, indices, outcome, played

from dsrl_core.config.operated import operated
from dsrl_core.schedule.groups import TRAIN
from dsrl_core.schedule.progress import GroupProgress, Progress, dropped, settled
from dsrl_core.schedule.rounds import turn
from dsrl_core.schedule.schedule import Schedule, request
from dsrl_core.types import NoiseSource


def sources(world: World) -> list[str]:
    """Who chose in the training episodes, by their index."""
    return [source for _, source in sorted((play[1], play[3]) for play in world.plays if play[0] == TRAIN)]


@pytest.mark.parametrize(
    ("robots", "own", "start", "expected"),
    [
        (1, 2, 3, "OOPAAAAA"),
        (1, 2, 1, "OOAAAAAA"),
        (1, 2, 0, "OOAAAAAA"),
        (1, 1, 3, "OPPAAAAA"),
        (2, 2, 3, "OOPPAAAA"),
        (2, 3, 0, "OOOOAAAA"),
        (3, 1, 4, "OOOPPPAAA"),
        (1, 8, 3, "OOOOOOOO"),
        (2, 8, 20, "OOOOOOOO"),
    ],
)
def test_the_operator_plays_first_then_the_prior_then_the_actor(robots: int, own: int, start: int, expected: str):
    world = World(config_of(robots, operator={"episodes": own}, start_episodes=start)).run()
    names = {"O": "operator", "P": "prior_repeated", "A": "actor_sample"}
    assert sources(world) == [names[letter] for letter in expected]
    cloned = any(outcome(TRAIN, index) > 2 for index in range(operated(world.config)))
    assert (world.budget.clone_until > 0) == cloned
    assert {play[4] for play in world.plays if play[0] == "final"} == {world.steps}


def test_a_person_is_given_the_priors_episodes_to_take_over_in():
    world = World(config_of(1, operator={"episodes": 2, "kind": "person", "takeover": "joy"}, start_episodes=0)).run()
    assert sources(world) == ["prior_repeated"] * 2 + ["actor_sample"] * 6
    assert world.budget.clone_until == CLONING


@pytest.mark.parametrize("mode", ["alternating", "async"])
@pytest.mark.parametrize("start", [1, 20])
def test_cloning_alone_is_evaluated_where_something_was_cloned(mode: str, start: int):
    """`episodes` are all the operator's, of which number 1 is the first success."""
    for episodes, cloned in ((1, False), (2, True)):
        schedule = {"episodes": episodes, "start_episodes": start, "select_every": 1, "select_episodes": 1}
        world = World(config_of(1, mode, {"episodes": episodes}, **schedule)).run()
        trained = start == 1 or cloned
        assert sources(world) == ["operator"] * episodes
        assert ("final" in indices(world.plays), f"select_{episodes}" in indices(world.plays)) == (trained, trained)
        assert world.budget.clone_until == (CLONING if cloned else 0)


@pytest.mark.parametrize("robots", [1, 2])
def test_an_operator_who_never_succeeds_holds_up_nobody(robots: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("robots_world.outcome", lambda group, index: 2)
    world = World(config_of(robots, operator={"episodes": 4})).run()
    assert sources(world) == ["operator"] * 4 + ["actor_sample"] * 4
    assert world.budget.clone_until == 0
    assert world.steps == world.budget.target > 0
    assert len(indices(world.plays)["final"]) == 3


@pytest.mark.parametrize("robots", [1, 2])
def test_what_is_first_cloned_in_the_next_round_decides_nothing_in_this_one(
    robots: int, monkeypatch: pytest.MonkeyPatch
):
    """The operator fails; in warm-up a person takes over and succeeds, in a robot that is a round ahead."""
    monkeypatch.setattr("robots_world.outcome", lambda group, index: 3 if index == 5 else 2)
    operator, schedule = {"episodes": 2, "takeover": "joy"}, {"start_episodes": 20, "select_every": 2}
    config = config_of(robots, operator=operator, **schedule)
    orders = [random.Random(number).choices(range(17), k=300) for number in range(20)]
    expected, *others = (sorted(World(config).run(order).plays) for order in ([], *orders))
    assert all(plays == expected for plays in others)
    assert [group for group in indices(expected) if group.startswith("select_")] == ["select_6", "select_8"]


def test_without_steps_of_cloning_there_is_no_actor_before_training():
    operator, schedule = {"episodes": 2}, {"episodes": 2, "start_episodes": 3}
    config = config_of(1, operator=operator, **schedule)
    preset = dataclasses.replace(config.preset, clone=dataclasses.replace(config.preset.clone, steps=0))
    assert "final" in indices(World(config).run().plays)
    assert "final" not in indices(World(dataclasses.replace(config, preset=preset)).run().plays)


def test_the_robot_end_is_told_when_to_ask_the_expert():
    config = config_of(1, operator={"episodes": 1})
    plan = Schedule(config).next({name: GroupProgress(3) for name in ("base_repeated", "base_zero")})
    assert plan is not None
    assert plan.source is NoiseSource.OPERATOR
    assert request(config, plan, "robot0", 0).expert
    assert not request(config, dataclasses.replace(plan, source=NoiseSource.PRIOR_REPEATED), "robot0", 0).expert


def test_a_dropped_episode_of_the_operators_is_played_again():
    config, everyone = config_of(1, operator={"episodes": 2}), dict[str, Progress]()
    seen = list[tuple[int, str]]()
    while len(seen) < 4:
        found = turn(config, everyone)
        assert found is not None
        robot, plan = found
        if plan.group == TRAIN:
            seen.append((plan.index, str(plan.source)))
        if seen == [(0, "operator")]:
            everyone[robot] = dropped(everyone[robot], plan.group, plan.index)
        else:
            everyone[robot] = settled(everyone.get(robot, {}), played(config, plan, 0, 0, robot))
    assert seen == [(0, "operator"), (1, "operator"), (2, "operator"), (3, "prior_repeated")]
