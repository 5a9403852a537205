"""Another run's operator: its recorded episodes are taken, or it is said why they cannot be."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import acted, make_config, make_episode

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.record.segment import write_segment
from dsrl_core.run import folder as run_folder
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.training.recording import recorded_by_operator
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Episode, NoiseSource, Purpose

CLONING = 8
SCHEDULE = {"episodes": 3, "start_episodes": 1, "eval_episodes": 1, "baselines": []}


def config_of(preset: dict[str, Any] | None = None, **operator: Any) -> RunConfig:
    clone = {"steps": CLONING, "batch_size": 8}
    return make_config({"schedule": SCHEDULE, "clone": clone, **(preset or {})}, platform={"operator": operator})


def operated(number: int, success: bool = True, **changes: Any) -> Episode:
    facts = {"success": success, "terminated": success, "truncated": not success, "residuals": np.zeros(3, np.float32)}
    return make_episode(number, **{"noise_sources": (NoiseSource.OPERATOR,) * 3, **facts, **changes})


@pytest.fixture
def there(tmp_path: Path) -> RunFolder:
    """A run with one episode without an operator, two of its own, and an evaluation."""
    folder = open_run(config_of(episodes=2), tmp_path / "there").folder
    evaluation = make_episode(3, purpose=Purpose.EVAL, group="final")
    for episode in (make_episode(0), operated(1), operated(2, success=False), evaluation):
        write_segment(folder.bag, episode)
    return folder


def trainer_of(path: Path, config: RunConfig) -> Trainer:
    return Trainer(config, open_run(config, path).folder)


def work(trainer: Trainer) -> None:
    while trainer.work():
        pass


@pytest.mark.parametrize("part", [".", "bag"])
def test_the_operators_episodes_are_taken(there: RunFolder, part: str):
    found = recorded_by_operator(config_of(recording=str(there.path / part)))
    assert [episode.episode for episode in found] == [1, 2], "failures too: they are trained on"


def test_the_actor_begins_as_a_clone_of_it(there: RunFolder, tmp_path: Path):
    trainer = trainer_of(tmp_path / "here", config_of(recording=str(there.path)))
    learner = trainer.learner
    assert (learner.transitions, learner.budget.episodes, learner.gradient_steps_due) == (6, 0, CLONING)
    assert trainer.receive(make_episode(0))
    work(trainer)
    assert learner.gradient_steps == CLONING + 6, "one episode is the warm-up, after which training begins"
    assert trainer.receive(acted(1, CLONING + 6))
    work(trainer)
    assert trainer.versions.reasons() == []
    trainer.close()


def test_after_a_restart_it_goes_on_to_the_same_parameters(there: RunFolder, tmp_path: Path):
    config, digests = config_of(recording=str(there.path)), []
    for name, stop in (("whole", False), ("cut", True)):
        trainer = trainer_of(tmp_path / name, config)
        assert trainer.receive(make_episode(0))
        trainer.work()
        if stop:
            trainer.save()
            trainer.close()
            trainer = trainer_of(tmp_path / name, config)
        work(trainer)
        digests.append(trainer.learner.params_sha256())
        assert trainer.versions.reasons() == []
        trainer.close()
    assert digests[0] == digests[1]


def test_a_recording_is_cloned_with_the_operators_own_episodes(there: RunFolder, tmp_path: Path):
    trainer = trainer_of(tmp_path / "here", config_of(recording=str(there.path), episodes=1))
    assert trainer.learner.gradient_steps_due == 0, "they are awaited"
    assert trainer.receive(operated(0, success=False))
    work(trainer)
    assert trainer.learner.gradient_steps == CLONING
    assert trainer.receive(acted(1, CLONING))
    assert trainer.versions.reasons() == []
    trainer.close()


def test_a_run_that_starts_from_another_clones_on_top_of_it(there: RunFolder, tmp_path: Path):
    first = trainer_of(tmp_path / "first", config_of())
    for number in range(3):
        first.receive(make_episode(number))
    work(first)
    first.save()
    first.close()
    steps = first.learner.gradient_steps
    config = config_of({"start_from": str(tmp_path / "first")}, recording=str(there.path))
    trainer = trainer_of(tmp_path / "here", config)
    assert (trainer.learner.gradient_steps, trainer.learner.gradient_steps_due) == (steps, CLONING)
    assert trainer.learner.params_sha256() == first.learner.params_sha256()
    trainer.close()


def test_nothing_is_asked_for_by_default():
    assert recorded_by_operator(config_of()) == []


@pytest.mark.parametrize("path", ["nowhere", "."])
def test_where_nothing_is_recorded_it_is_said(tmp_path: Path, path: str):
    with pytest.raises(ConfigError, match=r"operator\.recording=.* has no recorded episode; name a run's folder"):
        recorded_by_operator(config_of(recording=str(tmp_path / path)))


@pytest.mark.parametrize(
    "episode",
    [
        make_episode(0, success=True, terminated=True, truncated=False),
        operated(0, success=False),
        operated(0, noise_sources=(NoiseSource.OPERATOR_FAR,) * 3),
        operated(0, purpose=Purpose.EVAL, group="final"),
    ],
    ids=["nobody", "failure", "far", "evaluation"],
)
def test_without_a_success_of_an_operator_it_is_refused(tmp_path: Path, episode: Episode):
    write_segment(tmp_path / "bag", episode)
    with pytest.raises(ConfigError, match="holds no success in which an operator acted and that the base can follow"):
        recorded_by_operator(config_of(recording=str(tmp_path)))


def test_another_base_is_refused(there: RunFolder, monkeypatch: pytest.MonkeyPatch):
    config = config_of(recording=str(there.path))
    monkeypatch.setattr("dsrl_core.training.recording.policy_sha256", lambda config: "b" * 64)
    assert recorded_by_operator(config), "a run whose base is no file does not tell"
    there.policy.write_text(f"{'a' * 64}\n")
    with pytest.raises(ConfigError, match=r"had another base policy \(sha256 aaaaaaaaaaaa\.\.\., here bbbbbbbbbbbb"):
        recorded_by_operator(config)
    there.policy.write_text(f"{'b' * 64}\n")
    assert recorded_by_operator(config)


def test_a_run_tells_its_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_folder, "share", lambda: tmp_path)
    weights = tmp_path / "config" / "weights.npz"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    config = make_config(platform={"policy": {"endpoint": "weights.npz"}})
    told = open_run(config, tmp_path / "run").folder.policy.read_text().strip()
    assert told == hashlib.sha256(b"weights").hexdigest()
    weights.write_bytes(b"others")
    assert run_folder.policy_sha256(config) != told


@pytest.mark.parametrize("changed", [{"vectors": 2}, {"magnitude": 2.0}], ids=str)
def test_noise_of_another_kind_is_refused(there: RunFolder, changed: dict[str, Any]):
    config = config_of({"noise": {"vectors": 1, "magnitude": 1.5, **changed}}, recording=str(there.path))
    (value,) = changed.values()
    with pytest.raises(ConfigError, match=rf"had noise\.vectors=1 noise\.magnitude=1\.5, this one has .*\b{value:g}"):
        recorded_by_operator(config)


def test_segments_that_do_not_fit_are_refused(tmp_path: Path):
    episode = operated(0)
    write_segment(tmp_path / "bag", dataclasses.replace(episode, noises=np.zeros((3, 2, 2), np.float32)))
    with pytest.raises(ConfigError, match=r"operator\.recording: an episode does not fit this run"):
        trainer_of(tmp_path / "here", config_of(recording=str(tmp_path / "bag")))
