"""A run under a guard: whatever the order in which things happen, with any number of robots, it comes to the same."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
from builders import make_config, make_episode
from hypothesis import given, settings
from hypothesis import strategies as st
from robots_world import Robot, World, indices

from dsrl_core.config.checks import check_preset
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.schedule.guard import Turn
from dsrl_core.schedule.guarded import Guarded
from dsrl_core.schedule.progress import merge
from dsrl_core.types import Episode

SCHEDULE = {
    "episodes": 12,
    "start_episodes": 2,
    "eval_episodes": 2,
    "baselines": ["repeated"],
    "select_every": 4,
    "select_episodes": 6,
}
BY_CHANCE = {"enabled": True, "portion": 3, "alarms": 1.0, "futile": 0.2}
WINS = {"select_4": 6, "select_8": 0, "select_12": 5}  # of the first starts of a selection


def config_of(robots: int, mode: str = "alternating", **guard: object) -> RunConfig:
    config = make_config({"schedule": {**SCHEDULE, "guard": {**BY_CHANCE, **guard}}, "mode": mode})
    return dataclasses.replace(config, num_robots=robots)


class GuardedWorld(World):
    """A learner that counts, and takes the turns that the guard asks for."""

    def __init__(self, config: RunConfig, wins: dict[str, int] | None = None) -> None:
        super().__init__(config)
        self.wins = WINS if wins is None else wins
        self.turns: list[Turn] = []

    def settle(self, robot: Robot) -> bool:
        if robot.playing is None:
            return False
        (plan, asked, version), robot.playing = robot.playing, None
        won = plan.index < self.wins.get(plan.group, 0)
        versions = np.full(3, version if plan.source.value.startswith("actor") else 0, np.int64)
        facts = {"purpose": plan.purpose, "group": plan.group, "index": plan.index, "success": won}
        episode = make_episode(asked.episode, robot=robot.name, params_versions=versions, **facts)
        self.plays.append((plan.group, plan.index, robot.name, str(plan.source), int(versions[0])))
        robot.conductor.settled(episode)
        self.record(episode)
        return True

    def record(self, episode: Episode) -> None:
        super().record(episode)
        judged = Guarded(self.config).judged(merge(progress.groups for progress in self.recorded.values()))
        self.backlog.extend(judged.turns[len(self.turns) :])  # type: ignore[arg-type]
        self.turns = list(judged.turns)
        self.offer()

    def train(self) -> bool:
        if not self.backlog or not isinstance(self.backlog[0], Turn):
            return super().train()
        turn = self.backlog.popleft()
        self.steps = max(self.steps, turn.goes_on_as)
        self.budget.target = max(self.budget.target, self.steps)
        self.offer()
        return True

    def offer(self) -> None:
        if not self.backlog or (self.config.preset.mode == "async" and not isinstance(self.backlog[0], Turn)):
            super().offer()


def versions(world: World) -> dict[str, set[int]]:
    return {group: {play[4] for play in world.plays if play[0] == group} for group in indices(world.plays)}


def test_a_run_goes_on_from_its_best_and_ends_with_it():
    world = GuardedWorld(config_of(1)).run()
    played = Counter(play[0] for play in world.plays)
    assert (played["select_4"], played["select_8"], played["select_12"]) == (6, 3, 6)
    first, second = (versions(world)[f"select_{n}"].copy().pop() for n in (4, 8))
    assert [(turn.after, turn.version, turn.back_to) for turn in world.turns] == [
        (4, first, None),
        (8, second, first),
        (12, second + 1 + 4 * 3 * 2, first),
    ]
    assert versions(world)["final"] == {world.steps} == {second + 2 + 4 * 3 * 2}
    assert "best" not in played
    after = [play[4] for play in world.plays if play[:2] == ("train", 8)]
    assert after == [second + 1], "training goes on with the number that going back took"


@settings(max_examples=25, deadline=None)
@given(
    robots=st.integers(1, 4),
    wins=st.fixed_dictionaries({f"select_{n}": st.integers(0, 6) for n in (4, 6, 8, 9, 12)}),
    order=st.lists(st.integers(0, 16), max_size=400),
    stop=st.booleans(),
)
def test_no_order_of_events_changes_a_run(robots: int, wins: dict[str, int], order: list[int], stop: bool):
    config = config_of(robots, stop=stop, worth=0.5)
    expected, world = GuardedWorld(config, wins).run(), GuardedWorld(config, wins).run(order)
    assert sorted(world.plays) == sorted(expected.plays)
    assert (world.trained, world.turns, world.steps) == (expected.trained, expected.turns, expected.steps)


@settings(max_examples=25, deadline=None)
@given(robots=st.sampled_from([1, 2, 4]), order=st.lists(st.integers(0, 16), max_size=400))
def test_acting_while_training_every_evaluation_is_of_one_version(robots: int, order: list[int]):
    world = GuardedWorld(config_of(robots, mode="async")).run(order)
    assert all(len(found) == 1 for group, found in versions(world).items() if group != "train")
    assert versions(world)["final"] == {world.steps}
    back = [turn.goes_on_as for turn in world.turns if turn.back_to is not None]
    acting = [play[4] for play in world.plays if play[0] == "train" and play[1] >= 8]
    assert back
    assert min(acting) >= back[0], "none from before it has gone back"


def test_training_ends_early_where_a_person_asked_for_that():
    wins = {"select_4": 6, "select_8": 6}
    assert max(indices(GuardedWorld(config_of(1, worth=0.5), wins).run().plays)["train"]) == 11
    stopped = GuardedWorld(config_of(1, worth=0.5, stop=True), wins).run()
    assert max(indices(stopped.plays)["train"]) == 7
    assert indices(stopped.plays)["final"] == [0, 1]


def test_the_last_selection_is_at_the_end_of_training():
    config = config_of(1)
    schedule = dataclasses.replace(config.preset.schedule, episodes=10)
    config = dataclasses.replace(config, preset=dataclasses.replace(config.preset, schedule=schedule))
    assert "select_10" in indices(GuardedWorld(config).run().plays)


@pytest.mark.parametrize("changes", [{"schedule": {"select_every": 0}}, {"checkpoint_keep_best": 0}])
def test_a_guard_needs_selections_and_a_checkpoint(changes: dict[str, object]):
    schedule = {**SCHEDULE, "guard": {"enabled": True}, **changes.pop("schedule", {})}  # type: ignore[dict-item]
    config = make_config({"schedule": schedule, **changes})
    with pytest.raises(ConfigError, match=r"schedule\.guard\.enabled=true"):
        check_preset(config.preset)
