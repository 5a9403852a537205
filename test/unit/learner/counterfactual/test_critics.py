"""The critics of a run's checkpoints, asked by `./dsrl replay --counterfactual`."""

import json
import shutil
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from recorded_run import config_of, play

from dsrl_core.acting.constant_noise import normals
from dsrl_core.app.commands import replay as command
from dsrl_core.app.counterfactual import ask_critics
from dsrl_core.errors import CheckpointError, ConfigError, StorageError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.counterfactual.critics import critics_of
from dsrl_core.learner.counterfactual.measure import ask
from dsrl_core.learner.counterfactual.result import read_result
from dsrl_core.learner.learner import Learner
from dsrl_core.run.folder import RunFolder
from dsrl_core.training.recordings import open_recording


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return play(tmp_path_factory.mktemp("played") / "run", config_of())


@pytest.fixture
def copied(played: RunFolder, tmp_path: Path) -> RunFolder:
    shutil.copytree(played.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def command_line(*words: str) -> int:
    parser = ArgumentParser()
    command.add_arguments(parser)
    return command.main(parser.parse_intermixed_args(words))


def test_they_say_what_steering_would_report(played: RunFolder) -> None:
    source = open_recording(played.path)
    critics = critics_of(source.config, played.checkpoints)
    learner = Learner(source.config)
    newest = checkpoint.latest(played.checkpoints)
    assert newest is not None
    checkpoint.load(learner, newest)
    episode = next(episode for _, episode in source.episodes() if episode.group == "train")
    asked = ask(critics, episode, normals(source.config, "counterfactual", 4))
    assert asked.played.shape == (3, episode.decisions)
    assert asked.prior.shape == (3, episode.decisions, 4)
    np.testing.assert_allclose(asked.played.mean(axis=0), learner.values(episode), rtol=1e-5, atol=1e-6)
    assert critics.gradient_steps == learner.gradient_steps


def test_a_run_s_own_are_asked_without_learning_again(played: RunFolder, tmp_path: Path) -> None:
    before = sorted(path for path in played.path.rglob("*"))
    assert command_line(str(played.path), "--counterfactual", "--out", str(tmp_path / "asked")) == 0
    assert sorted(path for path in played.path.rglob("*")) == before, "nothing is written where it was recorded"
    result, report = (
        read_result(tmp_path / "asked" / "counterfactual.json"),
        (tmp_path / "asked" / "report.html").read_text(),
    )
    assert result is not None
    assert result.num_qs == 3
    assert {row.title for row in result.compared} >= {"Training, noise of the prior", "Training, the actor's noise"}
    assert "<h2>Noise that was not played</h2>" in report
    assert "Nothing was played or learned here" in report
    assert command_line(str(played.path), "--counterfactual", "--out", str(tmp_path / "asked")) == 0, "made anew"


def test_with_other_settings_those_of_the_replay_are_asked(
    played: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "replay"
    assert command_line(str(played.path), "--counterfactual", "--out", str(out), "--seed", "4") == 0
    result = read_result(out / "counterfactual.json")
    assert result is not None
    assert (result.num_qs, result.recording) == (3, str(out))
    assert "Changed: seed=4" in (out / "report.html").read_text()
    assert "<h2>Noise that was not played</h2>" in (out / "report.html").read_text()
    assert "the actor's noise is rated above the one played at" in capsys.readouterr().out


def test_a_merged_bag_has_no_checkpoint_and_is_learned_from_first(played: RunFolder, tmp_path: Path) -> None:
    assert command_line(str(played.bag_merged), "--counterfactual", "--out", str(tmp_path / "replay")) == 0
    assert read_result(tmp_path / "replay" / "counterfactual.json") is not None


def test_the_best_are_those_that_a_selection_chose(played: RunFolder, copied: RunFolder) -> None:
    source = open_recording(played.path)
    best = max(played.checkpoints.glob("best_*.ckpt"))
    assert critics_of(source.config, played.checkpoints, best=True).source == str(best)
    for path in copied.checkpoints.glob("best_*.ckpt"):
        path.unlink()
    with pytest.raises(ConfigError, match="holds no checkpoint of a best selection; leave --best"):
        ask_critics(open_recording(copied.path), RunFolder(copied.path.parent / "asked"), best=True)


def test_a_run_that_has_not_trained_is_refused(copied: RunFolder) -> None:
    for path in copied.checkpoints.iterdir():
        path.unlink()
    out = copied.path.parent / "asked"
    with pytest.raises(ConfigError, match="holds no checkpoint with a gradient step; let the run train, or replay it"):
        ask_critics(open_recording(copied.path), RunFolder(out))
    assert not out.exists()


def test_critics_of_another_contract_are_refused(copied: RunFolder) -> None:
    settings = yaml.safe_load(copied.config.read_text())
    settings["preset"]["network"]["num_qs"] = 2
    copied.config.write_text(yaml.safe_dump(settings))
    with pytest.raises(CheckpointError, match=r"was made with network.num_qs=3, this run has network.num_qs=2"):
        ask_critics(open_recording(copied.path), RunFolder(copied.path.parent / "asked"))


def test_a_folder_with_something_else_is_left_alone(played: RunFolder, copied: RunFolder) -> None:
    with pytest.raises(ConfigError, match="holds something else than a counterfactual; choose another --out"):
        ask_critics(open_recording(played.path), copied)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 0}', '{"format": 1}', '{"format": 1, "along": 3}'])
def test_a_damaged_result_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "counterfactual.json"
    path.write_text(text)
    with pytest.raises(StorageError, match=f"{path} cannot be read .*; remove it, and make it again"):
        read_result(path)


def test_a_result_is_read_as_it_was_written(played: RunFolder, tmp_path: Path) -> None:
    result = ask_critics(open_recording(played.path), RunFolder(tmp_path / "asked"))
    assert read_result(tmp_path / "asked" / "counterfactual.json") == result
    assert json.loads((tmp_path / "asked" / "counterfactual.json").read_text())["format"] == 1
