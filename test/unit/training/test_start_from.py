"""A run that begins with the trained networks of another."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import make_config, make_episode

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError, ConfigError
from dsrl_core.run.folder import open_run
from dsrl_core.schedule.groups import FINAL
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Purpose

SCHEDULE = {"episodes": 3, "start_episodes": 1, "eval_episodes": 1, "baselines": []}


def config_of(**preset: Any) -> RunConfig:
    return make_config({"schedule": SCHEDULE, **preset})


def trainer_of(path: Path, config: RunConfig) -> Trainer:
    return Trainer(config, open_run(config, path).folder)


def work(trainer: Trainer) -> None:
    while trainer.work():
        pass


@pytest.fixture
def trained(tmp_path: Path) -> Trainer:
    trainer = trainer_of(tmp_path / "trained", config_of())
    for number in range(3):
        trainer.receive(make_episode(number))
    work(trainer)
    trainer.save()
    trainer.close()
    return trainer


def after(trained: Trainer, **changes: Any) -> RunConfig:
    schedule = {**SCHEDULE, "start_episodes": 0, **changes.pop("schedule", {})}
    return config_of(start_from=str(trained.folder.path), **{"schedule": schedule, **changes})


def test_it_begins_with_the_networks_and_no_episode(trained: Trainer, tmp_path: Path):
    trainer = trainer_of(tmp_path / "after", after(trained))
    assert trainer.learner.params_sha256() == trained.learner.params_sha256()
    assert trainer.actor_params().version == trained.learner.gradient_steps > 0
    assert (trainer.learner.transitions, trainer.learner.gradient_steps_due) == (0, 0)


def test_without_training_episodes_its_actor_is_evaluated(trained: Trainer, tmp_path: Path):
    trainer = trainer_of(tmp_path / "after", after(trained, schedule={"episodes": 0}))
    planned = trainer.planned("robot0")
    assert planned is not None
    assert planned.group == FINAL
    version = trainer.actor_params().version
    versions = np.full(3, version, np.int64)
    trainer.receive(make_episode(0, purpose=Purpose.EVAL, group=FINAL, params_versions=versions))
    assert trainer.complete
    assert trainer.versions.reasons() == []


def test_its_first_training_episode_is_the_actors(trained: Trainer, tmp_path: Path):
    trainer = trainer_of(tmp_path / "after", after(trained))
    before = trainer.learner.gradient_steps
    planned = trainer.planned("robot0")
    assert planned is not None
    assert planned.source.name.startswith("ACTOR")
    trainer.receive(make_episode(0, params_versions=np.full(3, before, np.int64)))
    work(trainer)
    assert trainer.learner.gradient_steps > before
    assert trainer.versions.reasons() == []


def test_it_goes_on_to_the_same_parameters_where_the_other_run_is_gone(trained: Trainer, tmp_path: Path):
    digests = []
    for name in ("whole", "stopped"):
        trainer = trainer_of(tmp_path / name, after(trained))
        trainer.receive(make_episode(0))
        trainer.work()
        if name == "stopped":
            shutil.rmtree(trained.folder.path)
            trainer.close()  # killed: nothing was saved
            trainer = trainer_of(tmp_path / name, after(trained))
        work(trainer)
        digests.append(trainer.learner.params_sha256())
    assert digests[0] == digests[1]


def test_a_folder_without_a_checkpoint_is_refused(trained: Trainer, tmp_path: Path):
    config = config_of(start_from=str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="holds no checkpoint"):
        trainer_of(tmp_path / "after", config)


def test_other_networks_are_refused_by_key(trained: Trainer, tmp_path: Path):
    with pytest.raises(CheckpointError, match=r"noise\.magnitude=1\.5, this run has noise\.magnitude=2\.0"):
        trainer_of(tmp_path / "after", after(trained, noise={"magnitude": 2.0}))
