"""A run's episodes, exported and imported, train a base; files take the place of the scripted expert."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsrl_core.app import training
from dsrl_core.app.commands import train_base as command
from dsrl_core.app.compose import load_run
from dsrl_core.app.exporting import Format, export
from dsrl_core.app.importing import import_demonstrations, open_source
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import load_demonstration, save_demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.dataset_write import Form
from dsrl_core.exchange.mapping import asked_of
from dsrl_core.exchange.played import Wanted
from dsrl_core.policy.flow.weights import load_weights
from dsrl_core.record.segment import read_episodes
from dsrl_core.train_base.files import DemonstrationFiles
from dsrl_core.train_base.settings import load_base
from dsrl_core.train_base.train import finish, train
from dsrl_core.training.recordings import open_recording

QUICK = ("schedule.episodes=3", "schedule.start_episodes=3", "schedule.eval_episodes=0", "schedule.baselines=[]")
SMALL: dict[str, Any] = {"steps": 3, "batch_size": 8, "channels": [2], "strides": [16], "hidden": 8, "blocks": 1}
PLATFORM = load_run("reach", "test").platform


def make_files(folder: Path, size: int = 64, steps: int = 20) -> Path:
    folder.mkdir()
    for number in range(2):
        rng = np.random.default_rng(number)
        images = rng.integers(256, size=(2, size, size, 3)).astype(np.uint8)
        states, actions = rng.standard_normal((2, 2)), rng.standard_normal((steps, 2))
        demo = Demonstration({"front": images}, np.float32(states), np.float32(actions), np.array([0, 10]))
        save_demonstration(folder / f"{number}.npz", demo)
    return folder


def test_a_base_is_trained_of_what_a_run_has_recorded(tmp_path: Path):
    run, dataset, demos = (tmp_path / name for name in ("run", "dataset", "demos"))
    training.train(load_run("reach", "run", 0, QUICK), run)
    export(open_recording(run), Wanted(), Format.LEROBOT, Form(), dataset)
    told = import_demonstrations(open_source(dataset, asked_of([], None), PLATFORM), demos, failures=True)
    episodes = list(read_episodes(run))
    assert told.demonstrations == len(episodes) == 3
    for episode, path in zip(episodes, sorted(demos.iterdir()), strict=True):
        demo = load_demonstration(path)
        assert (demo.states.tobytes(), demo.actions.tobytes()) == (
            episode.states[:-1].tobytes(),
            episode.actions.tobytes(),
        )
    files, out = DemonstrationFiles([demos], PLATFORM), tmp_path / "base.npz"
    settings = load_base("reach", {**SMALL, "demos": 3})
    finish(train(PLATFORM, files, settings, out, lambda *told: None, files.made_of), out, {})
    weights = load_weights(out)
    assert f" --from {demos}  # sha256 " in weights.command
    states = np.concatenate([episode.states[:-1] for episode in episodes])
    np.testing.assert_allclose(weights.normalisation.state_mean, states.mean(0), rtol=1e-5)


def test_other_files_under_the_same_names_are_others(tmp_path: Path):
    folder = make_files(tmp_path / "demos")
    before = DemonstrationFiles([folder], PLATFORM).made_of
    assert DemonstrationFiles([folder], PLATFORM).made_of == before
    (folder / "0.npz").write_bytes((folder / "1.npz").read_bytes())
    assert DemonstrationFiles([folder], PLATFORM).made_of != before


def test_pictures_of_another_size_are_fitted(tmp_path: Path):
    files = DemonstrationFiles([make_files(tmp_path / "demos", size=20)], PLATFORM)
    assert [demo.images["front"].shape for demo in files.demonstrations(2, 0)] == [(2, 64, 64, 3)] * 2
    assert len(list(files.demonstrations(2, 0, 1))) == 1


def asked(*words: str) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.main(parser.parse_intermixed_args(words))


def test_the_platforms_own_base_is_not_replaced(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"--out FILE.npz is missing"):
        asked("reach", "--from", str(make_files(tmp_path / "demos")))


@pytest.mark.parametrize("paths", [["nothing"], []])
def test_no_demonstration_is_one_line(tmp_path: Path, paths: list[str]):
    (tmp_path / "empty").mkdir()
    found = [str(tmp_path / path) for path in paths] or [str(tmp_path / "empty")]
    with pytest.raises(ConfigError, match=r"cannot be read|no demonstration"):
        asked("reach", "--from", *found, "--out", str(tmp_path / "base.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_contract_without_settings_of_a_base_takes_the_defaults():
    assert load_base("franka", {}, of_files=True).steps == 3000
    with pytest.raises(ConfigError, match="no base policy to train for 'franka'"):
        load_base("franka")
