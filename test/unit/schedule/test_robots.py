"""Several robots, one learner: whatever the order in which things happen, the same run comes of it."""

import dataclasses
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from builders import make_config, make_episode
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl_core.config.operated import operated
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.schedule.conductor import Conductor, RobotProgress
from dsrl_core.schedule.groups import ACTOR_SOURCES, TRAIN
from dsrl_core.schedule.progress import GroupProgress, Progress, dropped, merge, settled
from dsrl_core.schedule.rounds import Rounds, planned, turn
from dsrl_core.schedule.schedule import Planned, Schedule, request
from dsrl_core.types import Episode, EpisodeRequest, NoiseSource, Purpose

SCHEDULE = {
    "episodes": 8,
    "start_episodes": 3,
    "eval_episodes": 3,
    "baselines": ["repeated", "zero"],
    "select_every": 4,
    "select_episodes": 3,
}
CLONING = 7  # gradient steps, where an operator has successes
Play = tuple[str, int, str, str, int]  # group, index, robot, noise, version of the parameters


def config_of(
    robots: int, mode: str = "alternating", operator: dict[str, Any] | None = None, **schedule: Any
) -> RunConfig:
    changes = {"schedule": {**SCHEDULE, **schedule}, "mode": mode, "clone": {"steps": CLONING}}
    config = make_config(changes, platform={"operator": operator or {}})
    return dataclasses.replace(config, num_robots=robots)


def outcome(group: str, index: int) -> int:
    """Any fixed outcome: what an episode comes to follows from its index. Of training, 1, 4 and 7 are successes."""
    return (7 * len(group) + 3 * index + index // 3) % 5


def played(config: RunConfig, plan: Planned, version: int, number: int, robot: str) -> Episode:
    """The episode of a plan. Where a person may take over, they do so in the last decision of every other one."""
    value, acting = outcome(plan.group, plan.index), plan.source in ACTOR_SOURCES
    versions, sources = np.full(1 + value, version if acting else 0, np.int64), [plan.source] * (1 + value)
    if config.platform.operator.takeover != "none" and plan.purpose is Purpose.TRAIN and plan.index % 2 and value:
        versions[-1], sources[-1] = 0, NoiseSource.OPERATOR
    facts = {"purpose": plan.purpose, "group": plan.group, "index": plan.index, "success": value > 2}
    return make_episode(number, 1 + value, robot=robot, params_versions=versions, noise_sources=tuple(sources), **facts)


class Robot:
    """Steering without a robot: its conductor, what it was told last, and what it plays."""

    def __init__(self, config: RunConfig, name: str) -> None:
        self.name = name
        self.conductor = Conductor(config, name)
        self.params: tuple[int, dict[str, int]] = (0, {})
        self.playing: tuple[Planned, EpisodeRequest, int] | None = None

    def hear(self, recorded: dict[str, RobotProgress]) -> None:
        self.conductor.update(recorded)

    def start(self) -> bool:
        started = None if self.playing else self.conductor.next(*self.params)
        if started is not None:
            self.playing = (*started, self.params[0])
        return started is not None


class World:
    """Robots and a learner that counts instead of learning; each move is one thing that happens somewhere."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.robots = [Robot(config, name) for name in config.robots]
        self.recorded = dict.fromkeys(config.robots, RobotProgress())
        self.rounds, self.backlog = Rounds(config), deque[Episode]()
        self.budget = UpdateBudget(config.preset, operated(config))
        self.steps = 0
        self.latched: tuple[int, dict[str, int]] = (0, {})
        self.plays: list[Play] = []
        self.trained: list[tuple[str, int]] = []

    def moves(self) -> list[Callable[[], bool]]:
        kinds = (self.tell, self.give, Robot.start, self.settle)
        return [self.train, *(partial(kind, robot) for robot in self.robots for kind in kinds)]

    def tell(self, robot: Robot) -> bool:
        robot.hear(self.recorded)
        return False

    def give(self, robot: Robot) -> bool:
        robot.params = self.latched
        return False

    def settle(self, robot: Robot) -> bool:
        if robot.playing is None:
            return False
        (plan, asked, version), robot.playing = robot.playing, None
        episode = played(self.config, plan, version, asked.episode, robot.name)
        self.plays.append((plan.group, plan.index, robot.name, str(plan.source), int(episode.params_versions[0])))
        robot.conductor.settled(episode)
        self.record(episode)
        return True

    def record(self, episode: Episode) -> None:
        old, number = self.recorded[episode.robot], episode.episode
        training = episode.purpose is Purpose.TRAIN
        last_train = number if training else old.last_train_episode
        new = RobotProgress(number, last_train, 0, settled(old.groups, episode))
        self.recorded = {**self.recorded, episode.robot: new}
        if training:
            self.backlog.extend(self.rounds.add(episode))
        self.offer()

    def train(self) -> bool:
        """All gradient steps of the next episode."""
        if not self.backlog:
            return False
        episode = self.backlog.popleft()
        self.steps += self.budget.take(episode, self.steps)
        self.trained.append((episode.robot, episode.episode))
        self.offer()
        return True

    def offer(self) -> None:
        if self.steps and (self.config.preset.mode == "async" or not self.backlog):
            everyone = {name: progress.groups for name, progress in self.recorded.items()}
            plans = [planned(self.config, everyone, robot) for robot in self.config.robots]
            versions = {plan.version for plan in plans if plan}
            chosen = versions.pop() if len(versions) == 1 else None
            self.latched = (chosen or self.steps, self.budget.after_episode(self.steps))

    def run(self, order: Sequence[int] = ()) -> "World":
        """Moves in `order` first, as far as it goes, then all in turn until nothing happens any more."""
        moves = self.moves()
        for number in order:
            moves[number % len(moves)]()
        while sum(move() for move in moves):
            pass
        stuck = {robot.name: robot.conductor.waiting_for for robot in self.robots if not robot.conductor.done}
        assert not stuck
        assert not self.backlog
        return self


def indices(plays: list[Play]) -> dict[str, list[int]]:
    groups = dict.fromkeys(play[0] for play in plays)
    return {group: sorted(play[1] for play in plays if play[0] == group) for group in groups}


@pytest.mark.parametrize("schedule", [{}, {"start_episodes": 1, "start_transitions": 9}, {"eval_episodes": 0}])
@pytest.mark.parametrize("robots", [1, 2, 4])
def test_robots_play_together_what_one_would_play(robots: int, schedule: dict[str, int]):
    one, several = (World(config_of(n, **schedule)).run() for n in (1, robots))
    for group, played in indices(one.plays).items():
        if not group.startswith(("select_", "best")):  # these follow what was learnt
            assert indices(several.plays)[group] == played
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
    monkeypatch.setattr("test_robots.outcome", lambda group, index: 2)
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
    monkeypatch.setattr("test_robots.outcome", lambda group, index: 3 if index == 5 else 2)
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
