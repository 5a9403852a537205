"""A trainer that was killed or stopped at any moment ends with the parameters of one that never was."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import make_config, make_episode
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Purpose

CONFIG = make_config({"schedule": {"episodes": 5, "start_episodes": 2}, "checkpoint_every": 2, "replay_capacity": 11})
EVALUATIONS = (0, 4)
EPISODES = [
    make_episode(number, n=2 + number % 2, purpose=Purpose.EVAL, group="base_zero")
    if number in EVALUATIONS
    else make_episode(number, n=2 + number % 2, terminated=number == 3, success=number == 3)
    for number in range(7)
]
RESTARTS = ("stop", "kill", "lose checkpoints", "tear checkpoint")


class Life:
    """Trainers that follow each other on one folder; episodes are sent until they are acknowledged."""

    def __init__(self, path: Path) -> None:
        self.folder = open_run(CONFIG, path).folder
        self.trainer = Trainer(CONFIG, self.folder)
        self._unacknowledged = list(EPISODES)

    def do(self, what: str) -> None:
        if what == "receive":
            self._receive()
        elif what == "work":
            self.trainer.work()
        else:
            self._restart(what)

    def finish(self) -> Trainer:
        while self._unacknowledged:
            self._receive()
        while self.trainer.work():
            pass
        self.trainer.close()
        return self.trainer

    def _receive(self) -> None:
        if self._unacknowledged:
            assert self.trainer.receive(self._unacknowledged[0])
            assert not self.trainer.receive(self._unacknowledged.pop(0)), "sent again: known"

    def _restart(self, how: str) -> None:
        if how == "stop":
            self.trainer.save()
        self.trainer.close()
        checkpoints = sorted(self.folder.checkpoints.glob("*.ckpt"))
        if how == "lose checkpoints":
            shutil.rmtree(self.folder.checkpoints)
            self.folder.checkpoints.mkdir()
        elif how == "tear checkpoint" and checkpoints:
            checkpoints[-1].write_bytes(checkpoints[-1].read_bytes()[:-1])
        before = self.trainer.progress
        self.trainer = Trainer(CONFIG, self.folder)
        assert self.trainer.progress.by_robot == before.by_robot
        assert self.trainer.progress.outcomes == before.outcomes


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    return Life(tmp_path_factory.mktemp("uninterrupted") / "run").finish()


@settings(max_examples=5)
@given(
    doings=st.lists(st.sampled_from(["receive", "work", "work", "work"]), max_size=40),
    restarts=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(RESTARTS)), min_size=1, max_size=3),
)
@example(doings=["receive"] * 3 + ["work"] * 4, restarts=[(7, "stop")]).via("in the middle of a block")
@example(doings=["receive"] * 7 + ["work"] * 60, restarts=[(40, "lose checkpoints"), (67, "kill")])
@example(doings=["receive"] * 7 + ["work"] * 60, restarts=[(30, "stop"), (31, "stop"), (45, "tear checkpoint")])
def test_any_restarts_at_any_moments_change_no_parameter(
    uninterrupted: Trainer,
    tmp_path_factory: pytest.TempPathFactory,
    doings: Sequence[str],
    restarts: list[tuple[int, str]],
):
    life = Life(tmp_path_factory.mktemp("interrupted") / "run")
    for number, what in enumerate(doings):
        for _, how in (restart for restart in restarts if restart[0] == number):
            life.do(how)
        life.do(what)
    for _, how in (restart for restart in restarts if restart[0] >= len(doings)):
        life.do(how)
    assert_equal(life.finish(), uninterrupted)


def test_a_stop_at_any_gradient_step_changes_no_parameter(
    uninterrupted: Trainer, tmp_path_factory: pytest.TempPathFactory
):
    for step in range(1, 20):
        life = Life(tmp_path_factory.mktemp("stopped") / "run")
        for _ in EPISODES:
            life.do("receive")
        while life.trainer.learner.gradient_steps < step:
            life.do("work")
        life.do("stop")
        assert life.trainer.learner.gradient_steps == step
        assert_equal(life.finish(), uninterrupted)


def assert_equal(trainer: Trainer, expected: Trainer) -> None:
    assert trainer.learner.params_sha256() == expected.learner.params_sha256()
    assert trainer.learner.gradient_steps == expected.learner.gradient_steps == 20
    assert trainer.actor_params() == expected.actor_params()
    assert trainer.actor_params().after_episode == {"robot0": 6}
    for field in ("by_robot", "last_episode", "last_train_episode", "tallies", "outcomes", "transitions"):
        assert getattr(trainer.progress, field) == getattr(expected.progress, field), field
    assert episode_lines(trainer.folder) == list(range(7)), "no episode is lost or doubled in the metrics"


def episode_lines(folder: RunFolder) -> list[int]:
    return [line["episode"] for line in read_metrics(folder.metrics) if line["kind"] == "episode"]


def test_a_kill_between_an_episode_and_its_line_loses_neither(uninterrupted: Trainer, tmp_path: Path):
    life = Life(tmp_path / "run")
    for _ in range(3):
        life.do("receive")
    lines = life.folder.metrics.read_bytes().splitlines(keepends=True)
    life.folder.metrics.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    life.do("kill")
    assert_equal(life.finish(), uninterrupted)


def test_what_a_killed_writer_left_is_removed(tmp_path: Path):
    life = Life(tmp_path / "run")
    (life.folder.bag / ".partial" / "robot0_000000").mkdir(parents=True)
    life.do("kill")
    assert not (life.folder.bag / ".partial").exists()
    life.do("receive")
    assert life.trainer.progress.last_episode == {"robot0": 0}


def test_the_order_of_settlement_is_the_order_of_training(uninterrupted: Trainer, tmp_path: Path):
    """The law above is no accident: other episodes, or the same in another order, give other parameters."""
    swapped = Life(tmp_path / "run")
    swapped._unacknowledged[1:3] = [
        dataclasses.replace(EPISODES[2], episode=1),
        dataclasses.replace(EPISODES[1], episode=2),
    ]
    assert swapped.finish().learner.params_sha256() != uninterrupted.learner.params_sha256()
