"""Several robots, one learner: whatever the order in which things happen, the same run comes of it."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from builders import make_episode
from hypothesis import given, settings
from hypothesis import strategies as st
from robots_world import World, config_of, indices, played

from dsrl_core.config.operated import operated
from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.schedule.groups import ACTOR_SOURCES, TRAIN
from dsrl_core.schedule.progress import Progress, dropped, merge, settled
from dsrl_core.schedule.rounds import Rounds, turn
from dsrl_core.schedule.schedule import Schedule
from dsrl_core.types import NoiseSource


@pytest.mark.parametrize("schedule", [{}, {"start_episodes": 1, "start_transitions": 9}, {"eval_episodes": 0}])
@pytest.mark.parametrize("robots", [1, 2, 4])
def test_robots_play_together_what_one_would_play(robots: int, schedule: dict[str, int]):
    one, several = (World(config_of(n, **schedule)).run() for n in (1, robots))
    for group, expected in indices(one.plays).items():
        if not group.startswith(("select_", "best")):  # these follow what was learnt
            assert indices(several.plays)[group] == expected
    for group, index, robot, _, _ in several.plays:
        assert robot == f"robot{index % robots}", group
    prior = {play[1] for play in one.plays if play[0] == TRAIN and not play[4]}
    assert {play[1] for play in several.plays if play[0] == TRAIN and not play[4]} == whole_rounds(prior, robots)


def whole_rounds(played: set[int], robots: int) -> set[int]:
    return set(range(-(-len(played) // robots) * robots))


@settings(max_examples=60, deadline=None)
@given(
    robots=st.integers(2, 4),
    transitions=st.sampled_from([0, 9]),
    operated=st.sampled_from([0, 1, 2, 5]),
    takeover=st.sampled_from(["none", "joy"]),
    order=st.lists(st.integers(0, 16), max_size=400),
)
def test_no_order_of_events_changes_a_run_in_rounds(
    robots: int, transitions: int, operated: int, takeover: str, order: list[int]
):
    operator = {"episodes": operated, "takeover": takeover}
    config = config_of(robots, operator=operator, start_transitions=transitions)
    expected, world = World(config).run(), World(config).run(order)
    assert sorted(world.plays) == sorted(expected.plays)
    assert world.trained == expected.trained
    assert world.steps == expected.steps


@settings(max_examples=60, deadline=None)
@given(robots=st.integers(2, 4), order=st.lists(st.integers(0, 16), max_size=400))
def test_acting_while_training_ends_too_and_every_evaluation_is_of_one_version(robots: int, order: list[int]):
    world = World(config_of(robots, mode="async")).run(order)
    assert indices(world.plays)[TRAIN] == list(range(-(-8 // robots) * robots))
    for group in indices(world.plays):
        assert group == TRAIN or len({play[4] for play in world.plays if play[0] == group}) == 1
    final = {play[4] for play in world.plays if play[0] == "final"}
    assert final == {world.steps}


@pytest.mark.parametrize("operator", [{}, {"episodes": 2, "takeover": "joy"}], ids=["nobody", "operator"])
@pytest.mark.parametrize("robots", [1, 2, 3])
def test_one_process_that_plays_all_robots_plays_the_same(robots: int, operator: dict[str, Any]):
    config = config_of(robots, operator=operator)
    everyone: dict[str, Progress] = {}
    plays, steps, rounds, numbers = [], 0, Rounds(config), Counter[str]()
    budget = UpdateBudget(config.preset, operated(config))
    while (found := turn(config, everyone)) is not None:
        robot, plan = found
        acting = plan.source in ACTOR_SOURCES
        version = (plan.version or steps) if acting else 0
        episode = played(config, plan, version, numbers[robot], robot)
        numbers[robot] += 1
        plays.append((plan.group, plan.index, robot, str(plan.source), version))
        everyone[robot] = settled(everyone.get(robot, {}), episode)
        for due in rounds.add(episode) if plan.group == TRAIN else ():
            steps += budget.take(due, steps)
    assert sorted(plays) == sorted(World(config).run().plays)


@given(robots=st.integers(1, 5), drops=st.sets(st.integers(0, 30)))
def test_a_dropped_start_is_used_by_no_robot_again(robots: int, drops: set[int]):
    config, seen, count = config_of(robots, select_every=0), set[tuple[str, int]](), 0
    everyone: dict[str, Progress] = {}
    while (found := turn(config, everyone)) is not None:
        robot, plan = found
        assert (plan.group, plan.index) not in seen
        seen.add((plan.group, plan.index))
        if count in drops:
            everyone[robot] = dropped(everyone.get(robot, {}), plan.group, plan.index)
        else:
            versions = np.full(3, 6 * (plan.source is NoiseSource.ACTOR_SAMPLE), np.int64)
            facts = {"purpose": plan.purpose, "group": plan.group, "index": plan.index, "params_versions": versions}
            everyone[robot] = settled(everyone.get(robot, {}), make_episode(count, robot=robot, **facts))
        count += 1
    totals = {group: tally.episodes for group, tally in merge(everyone.values()).items()}
    assert totals == {group: Schedule(config).size(group) for group in totals}
    assert totals[TRAIN] == -(-8 // robots) * robots


def test_a_round_is_trained_on_once_it_is_whole_robot_by_robot():
    rounds = Rounds(config_of(2))
    arrivals = [("robot1", 0), ("robot1", 1), ("robot0", 0), ("robot0", 1)]
    added = [rounds.add(make_episode(number, robot=robot)) for robot, number in arrivals]
    released = [[(due.robot, due.episode) for due in dues] for dues in added]
    assert released == [[], [], [("robot0", 0), ("robot1", 0)], [("robot0", 1), ("robot1", 1)]]
    assert [len(Rounds(config_of(2, "async")).add(make_episode(0, robot=robot))) for robot, _ in arrivals] == [1] * 4
