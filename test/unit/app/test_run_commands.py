"""`train` and `eval` from their arguments to their last line, on a fake environment."""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import FakeEnvironment, make_config, open_run_of

from dsrl_core.acting.player import Player
from dsrl_core.app import training
from dsrl_core.app.commands import eval as eval_command
from dsrl_core.app.commands import train, up
from dsrl_core.app.outcome import headline, print_outcome
from dsrl_core.config.platform import Platform
from dsrl_core.config.ros_names import run_name
from dsrl_core.errors import ConfigError
from dsrl_core.record.segment import segments
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.summary import read_summary

SCHEDULE = {"episodes": 3, "start_episodes": 1, "eval_episodes": 2, "baselines": ["repeated"], "record_eval": 0}
CONFIG = make_config({"schedule": {**SCHEDULE, "record_every": 0}})
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _fake_robot_and_restored_signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(train, "asked_run", lambda args: (CONFIG, RunFolder(args.out)))
    for module in (training, eval_command):
        monkeypatch.setattr(module, "make_environment", lambda platform: FakeEnvironment())
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def asked(path: Path) -> Namespace:
    return Namespace(platform="reach", out=path)


def test_train_runs_to_the_end_and_says_what_came_of_it(tmp_path: Path, capsys: Output):
    assert train.main(asked(tmp_path)) == 0
    printed = capsys.readouterr()
    summary = read_summary(tmp_path / "summary.json")
    assert summary is not None
    assert (summary["episodes"], summary["eval_episodes"], summary["exact"]) == (3, 2, True)
    assert headline(summary) in printed.out
    assert str(tmp_path / "report.html") in printed.out
    assert "base_repeated" in printed.err
    assert train.main(asked(tmp_path)) == 0, "a finished run is finished again at once"
    assert read_summary(tmp_path / "summary.json")["transitions_sha256"] == summary["transitions_sha256"]


def test_an_interrupted_run_says_how_to_go_on_and_does(tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert train.main(asked(whole)) == 0
    play, calls = Player.play_request, []

    def interrupt(self: Player, *args: object) -> object:
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return play(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Player, "play_request", interrupt)
    assert train.main(asked(cut)) == 130
    assert f"to go on, give the same command with --out {cut}" in capsys.readouterr().err
    assert train.main(asked(cut)) == 0
    summaries = [read_summary(path / "summary.json") or {} for path in (whole, cut)]
    assert [summary["resumed"] for summary in summaries] == [False, True]
    for key in ("transitions_sha256", "params_sha256", "exact", "learner_restarts"):
        assert summaries[0][key] == summaries[1][key], key


def test_a_simulator_that_cannot_start_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(platform: Platform) -> None:
        raise ConfigError("the simulator's meshes are missing")

    monkeypatch.setattr(training, "make_environment", fail)
    with pytest.raises(ConfigError, match="meshes"):
        train.main(asked(tmp_path / "run"))
    assert not list(tmp_path.iterdir())


def test_eval_compares_best_and_base_on_fresh_starts(tmp_path: Path, capsys: Output):
    train.main(asked(tmp_path))
    before = contents(tmp_path / "bag")
    capsys.readouterr()
    assert eval_command.main(Namespace(run=tmp_path, episodes=6)) == 0
    text = capsys.readouterr().out
    assert "(6 fresh starts)" in text
    rates = [line.split()[1] for line in text.splitlines()[1:]]
    assert len(set(rates)) == 1, "the null policy is not steered"
    assert "gradient steps" in text
    assert contents(tmp_path / "bag") == before, "evaluating leaves the recorded run alone"


def contents(bag: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in segments(bag)}


def test_eval_of_what_cannot_be_evaluated(tmp_path: Path):
    with pytest.raises(ConfigError, match="is not a run"):
        eval_command.main(Namespace(run=tmp_path, episodes=5))
    open_run(CONFIG, tmp_path)
    with pytest.raises(ConfigError, match="--episodes=0 must be at least 1"):
        eval_command.main(Namespace(run=tmp_path, episodes=0))
    with pytest.raises(ConfigError, match="has no trained parameters yet"):
        eval_command.main(Namespace(run=tmp_path, episodes=5))


def test_up_hands_over_to_the_supervisor(monkeypatch: pytest.MonkeyPatch):
    calls: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(up, "block_until_listening", lambda: None)  # this process goes on
    monkeypatch.setattr(os, "execv", lambda path, words: calls.append((path, words)))
    monkeypatch.setattr(sys, "argv", ["dsrl", "up", "reach", "--seed", "3", "sac.utd=2"])
    up.main(Namespace(view=False, view_port=None))
    assert calls == [
        (sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.up", "reach", "--seed", "3", "sac.utd=2"])
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("reach_seed0", "reach_seed0"), ("my run-2", "my_run_2"), ("7", "run_7"), ("é", "run_"), ("__a  #b_", "run_a_b_")],
)
def test_a_run_has_a_name_that_ros_allows(text: str, name: str):
    assert run_name(text) == name


def test_without_out_a_run_takes_the_next_free_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    paths = [open_run_of("reach", 3, [], None).folder.path for _ in range(2)]
    assert paths == [tmp_path / "runs" / "reach_seed3", tmp_path / "runs" / "reach_seed3_2"]
    named = open_run_of("reach", 3, [], tmp_path / "2 fast")
    assert (named.config.run_id, named.resumed) == ("run_2_fast", False)
    assert open_run_of("reach", 3, [], tmp_path / "2 fast").resumed


def test_a_run_without_a_summary_points_to_its_logs(tmp_path: Path, capsys: Output):
    print_outcome(RunFolder(tmp_path))
    assert str(tmp_path / "logs") in capsys.readouterr().out
