"""One trainer, two robots: the order in which their episodes come in, and restarts, change no parameter."""

import dataclasses
from pathlib import Path

import pytest
from builders import make_config, make_episode

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.run.folder import open_run
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Episode

SCHEDULE = {"episodes": 8, "start_episodes": 2, "eval_episodes": 0}
IN_TURN = ((0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3))  # robot and episode
UNEVEN = ((1, 0), (1, 1), (0, 0), (0, 1), (1, 2), (0, 2), (0, 3), (1, 3))


def config_of(mode: str) -> RunConfig:
    config = make_config({"schedule": SCHEDULE, "mode": mode, "checkpoint_every": 3, "replay_capacity": 11})
    return dataclasses.replace(config, num_robots=2)


def episode_of(robot: int, number: int) -> Episode:
    made = make_episode(2 * number + robot, n=2 + number % 2, robot=f"robot{robot}")
    return dataclasses.replace(made, episode=number)


def trained(path: Path, mode: str, order: tuple[tuple[int, int], ...], stops: dict[int, int] | None = None) -> Trainer:
    """A trainer that got its episodes in `order`; after the episode at each place of `stops`, and so many moves of
    its work, it is stopped and another one takes over."""
    config = config_of(mode)
    folder = open_run(config, path).folder
    trainer = Trainer(config, folder)
    for place, (robot, number) in enumerate(order):
        assert trainer.receive(episode_of(robot, number))
        if place in (stops or {}):
            for _ in range((stops or {})[place]):
                trainer.work()
            trainer.save()
            trainer.close()
            trainer = Trainer(config, folder)
        while trainer.work():
            pass
    assert trainer.complete
    trainer.close()
    return trainer


@pytest.mark.parametrize("stops", [None, {0: 1}, {4: 3, 6: 1}, {2: 2, 3: 4}])
def test_in_rounds_neither_the_order_of_arrival_nor_a_stop_changes_a_parameter(
    tmp_path: Path, stops: dict[int, int] | None
):
    expected = trained(tmp_path / "expected", "alternating", IN_TURN)
    again = trained(tmp_path / "again", "alternating", UNEVEN, stops)
    assert again.learner.params_sha256() == expected.learner.params_sha256()
    assert again.actor_params() == expected.actor_params()
    assert again.learner.gradient_steps == 2 * (2 + 3 + 3 + 2 + 2 + 3 + 3) == 36


@pytest.mark.parametrize("stops", [{2: 1}, {4: 3, 6: 1}])
def test_in_async_what_was_recorded_comes_back_in_the_order_of_arrival(tmp_path: Path, stops: dict[int, int]):
    expected = trained(tmp_path / "expected", "async", UNEVEN)
    stopped = trained(tmp_path / "stopped", "async", UNEVEN, stops)
    assert stopped.learner.params_sha256() == expected.learner.params_sha256()
    assert stopped.progress.outcomes == expected.progress.outcomes
    in_turn = trained(tmp_path / "in_turn", "async", IN_TURN)
    assert in_turn.learner.params_sha256() != expected.learner.params_sha256(), "the order matters there"


def test_nothing_new_is_offered_in_the_middle_of_a_round(tmp_path: Path):
    trainer = Trainer(config_of("alternating"), open_run(config_of("alternating"), tmp_path).folder)
    for robot, number in IN_TURN[:5]:
        trainer.receive(episode_of(robot, number))
    while trainer.work():
        pass
    assert trainer.publishable
    assert not trainer.complete
    assert trainer.actor_params().after_episode == {"robot0": 1, "robot1": 1}
    assert trainer.learner.transitions == 2 + 2 + 3 + 3


def test_an_episode_of_a_robot_that_the_run_does_not_have_is_refused(tmp_path: Path):
    trainer = Trainer(config_of("async"), open_run(config_of("async"), tmp_path).folder)
    with pytest.raises(InvalidRequest, match="'robot2': the run has robot0, robot1"):
        trainer.receive(episode_of(2, 0))
    assert not list(trainer.folder.bag.glob("robot*"))
