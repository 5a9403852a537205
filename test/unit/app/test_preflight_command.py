"""`./dsrl preflight` from its arguments to its exit code, on environments with a known answer."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from builders import make_config
from doubles.echo_policy import EchoPolicy
from preflight_samples import Closed, Gate, GateExpert, config_of

from dsrl_core.acting.golden_ticket import golden_noise
from dsrl_core.app.__main__ import main
from dsrl_core.app.commands import preflight
from dsrl_core.config.run import RunConfig
from dsrl_core.preflight.plan import make_size, vector_arms
from dsrl_core.preflight.result import read_result

QUICK = ["--starts=6", "--vectors=8", "--episodes=4"]
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    play(monkeypatch, Gate(), config_of())


def play(monkeypatch: pytest.MonkeyPatch, environment: Gate | Closed, config: RunConfig, **module: Any) -> None:
    """Of all command lines this is what is asked for; `module` is in the environment's file."""
    monkeypatch.setattr(preflight, "environment_module", lambda platform: SimpleNamespace(**module))
    monkeypatch.setattr(preflight, "load_run", lambda platform, run_id, seed, settings: config)
    monkeypatch.setattr(preflight, "make_environment", lambda platform: environment)


def test_it_measures_prints_and_keeps(tmp_path: Path, capsys: Output):
    assert main(["preflight", "small", *QUICK, "--json=figures.json"]) == 0
    printed = capsys.readouterr()
    assert "best of 8 for each start: the ceiling" in printed.out
    assert "golden ticket: schedule.golden=runs/preflight_small/golden.json" in printed.out
    assert "episode 0/" in printed.err
    folder = tmp_path / "runs" / "preflight_small"
    result = read_result(folder)
    assert json.loads(Path("figures.json").read_text()) == result.figures()
    golden = golden_noise(make_config({"schedule": {"golden": str(folder / "golden.json")}}))
    arms = vector_arms(config_of(), make_size(1, 6, 8, 4))
    np.testing.assert_array_equal(golden, arms[result.golden_vector].constant)


def test_where_the_task_has_an_expert_the_base_is_led_after_it(capsys: Output, monkeypatch: pytest.MonkeyPatch):
    play(monkeypatch, Gate(), config_of(), make_expert=GateExpert)
    assert main(["preflight", "small", *QUICK, "--json=figures.json"]) == 0
    assert "the base succeeds in 100% of 4 episodes" in capsys.readouterr().out
    figures = json.loads(Path("figures.json").read_text())
    assert figures["followed"] == 1.0
    assert figures["followed_verdict"] in ("helps", "undecided"), "four episodes tell little"


def test_where_noise_must_be_asked_for_one_by_one_nothing_is_followed_and_it_says_why(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(EchoPolicy, "one_at_a_time", "the server decodes one noise at a time", raising=False)
    environment = Gate()
    play(monkeypatch, environment, config_of(), make_expert=GateExpert)
    assert main(["preflight", "small", *QUICK]) == 0
    assert "operator episodes: unknown: no noise can be found behind actions: the server" in capsys.readouterr().out


def test_the_same_again_goes_on_and_other_settings_take_another_folder(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
):
    assert main(["preflight", "small", *QUICK]) == 0
    first = capsys.readouterr().out
    idle = Gate()
    play(monkeypatch, idle, config_of())
    assert main(["preflight", "small", *QUICK]) == 0
    assert capsys.readouterr().out == first
    assert not idle.resets
    assert idle.closed
    play(monkeypatch, Gate(), config_of())
    assert main(["preflight", "small", *QUICK[:2], "--episodes=5"]) == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["preflight_small", "preflight_small_2"]


def test_a_base_that_noise_cannot_steer_is_refused_with_the_figures(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
):
    play(monkeypatch, Closed(), config_of())
    assert main(["preflight", "small", *QUICK]) == 1
    printed = capsys.readouterr()
    assert "best of 8 for each start" in printed.out, "the table is shown all the same"
    last = printed.err.splitlines()[-1]
    assert last.startswith("./dsrl preflight: refused to steer this base: the ceiling is too low: the best of 8")
    assert "from 0% of the starts" in last
    assert read_result(tmp_path / "runs" / "preflight_small").verdict.word == "refused"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--starts=0"], "--starts=0 must be at least 1"),
        (["--vectors=1"], "--vectors=1 must be at least 2"),
        (["--episodes=0"], "--episodes=0 must be at least 1"),
    ],
)
def test_too_small_a_size_is_refused(words: list[str], part: str, capsys: Output, tmp_path: Path):
    assert main(["preflight", "small", *words]) == 2
    assert part in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: Output):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert main(["preflight", "small", *QUICK, "--out=mine"]) == 2
    assert "mine is not empty and holds no pre-flight; choose another --out" in capsys.readouterr().err
    assert main(["preflight", "small", *QUICK, "--out=other"]) == 0
    assert main(["preflight", "small", "--starts=5", *QUICK[1:], "--out=other"]) == 2
    assert "other holds a pre-flight of other settings or weights" in capsys.readouterr().err
