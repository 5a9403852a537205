"""`./dsrl replay` from its arguments: what it refuses, and where it writes."""

import os
import shutil
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest
from recorded_run import config_of, play

from dsrl_core.app.commands import replay as command
from dsrl_core.app.replay_arguments import bag_of
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.recordings import open_recording
from dsrl_core.training.replayed import await_player, bag_played, check_apart


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return play(tmp_path_factory.mktemp("played") / "run", config_of())


def asked(*words: str) -> Namespace:
    parser = ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_intermixed_args(words)


def test_live_becomes_the_supervisor_of_a_learner(played: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    words = [str(played.path), "--live"]
    monkeypatch.setattr("sys.argv", ["./dsrl", "replay", *words])
    monkeypatch.setattr(os, "execv", lambda path, words: called.append(words))
    monkeypatch.setattr(command, "block_until_listening", lambda: None)
    monkeypatch.setattr(command, "load_replay", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):  # where `execv` would not return
        command.main(asked(*words))
    assert called[0][1:] == ["-P", "-m", "dsrl_ros.app.replay", *words]


@pytest.mark.parametrize("words", [["sac.utd=3"], ["--seed", "4"]])
def test_live_has_the_bag_s_settings(played: RunFolder, words: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"--live has the settings .* leave .*(sac.utd=3|--seed 4), or leave --live"):
        command.main(asked(str(played.path), "--live", *words))


def test_live_needs_a_merged_bag(played: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(played.path, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "bag_merged")
    with pytest.raises(ConfigError, match=r"bag_merged is not there to be played: .* without --live"):
        command.main(asked(str(tmp_path / "run"), "--live"))


def test_a_bag_alone_is_the_one_that_is_played(played: RunFolder) -> None:
    assert bag_of(open_recording(played.bag_merged), asked("x", "--live")) == played.bag_merged
    assert bag_of(open_recording(played.path), asked("x", "--live")) == played.bag_merged


def test_its_folder_is_for_this_bag_and_this_way_alone(played: RunFolder, tmp_path: Path) -> None:
    source, folder = open_recording(played.path), RunFolder(tmp_path / "replay")
    check_apart(source, folder, played.bag_merged)
    open_run(source.config, folder.path)
    for _ in range(2):  # the second finds it begun
        await_player(source, played.bag_merged, folder)
    assert [line["what"] for line in read_metrics(folder.metrics)] == ["replayed"]
    assert bag_played(folder) == played.bag_merged
    check_apart(source, folder, played.bag_merged)
    with pytest.raises(ConfigError, match="was begun with --live, go on so, or choose another --out"):
        check_apart(source, folder)
    with pytest.raises(ConfigError, match=f"replays {played.path}; choose another --out"):
        check_apart(open_recording(played.bag_merged), folder, played.bag_merged)
    with pytest.raises(ConfigError, match="holds a run that was played"):
        check_apart(source, played, played.bag_merged)


def test_a_folder_with_other_settings_is_refused(played: RunFolder, tmp_path: Path) -> None:
    open_run(config_of(sac={"utd": 3}), tmp_path / "replay")
    with pytest.raises(ConfigError, match=r"holds a run with preset\.sac\.utd=3, but preset\.sac\.utd=2 was asked for"):
        open_run(open_recording(played.bag_merged).config, tmp_path / "replay")


def test_best_goes_with_counterfactual_alone(played: RunFolder) -> None:
    with pytest.raises(ConfigError, match="--best says whose critics --counterfactual asks"):
        command.main(asked(str(played.path), "--best"))
    with pytest.raises(ConfigError, match=r"--best: a replay with sac.utd=3 has no selections; leave one of them"):
        command.main(asked(str(played.path), "--counterfactual", "--best", "sac.utd=3"))
