"""Robots and a learner in which every move is one thing that happens somewhere, in any order."""

import dataclasses
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from builders import make_config, make_episode

from dsrl_core.config.operated import operated
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.update_budget import UpdateBudget
from dsrl_core.schedule.conductor import Conductor, RobotProgress
from dsrl_core.schedule.groups import ACTOR_SOURCES
from dsrl_core.schedule.progress import settled
from dsrl_core.schedule.rounds import Rounds, planned
from dsrl_core.schedule.schedule import Planned
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
