"""Runs in one table: an arm per settings, the worst seed beside the mean, every episode counted."""

import json
from pathlib import Path

import pytest
import yaml

from dsrl_core.app.__main__ import main
from dsrl_core.errors import ConfigError
from dsrl_core.report.comparison import arms, read_compared, table


def finished(path: Path, seed: int, successes: int, operated: int = 0, **changes: object) -> Path:
    """The folder of a run with so many successes of 100."""
    path.mkdir()
    preset = {"name": "reach", "schedule": {"episodes": 60}, "clone": {"weight": 1.0}}
    operator = {"episodes": operated}
    config = {"run_id": path.name, "seed": seed, "platform": {"name": "reach", "operator": operator}, "preset": preset}
    (path / "config.yaml").write_text(yaml.safe_dump(config))
    summary = {
        "platform": "reach",
        "seed": seed,
        "episodes": 60,
        "operator_episodes": operated,
        "selection_episodes": 40,
        "search_episodes": 0,
        "baselines": {"repeated": 0.3, "iid": 0.2, "zero": None},
        "exact": True,
        "groups": {"final": {"successes": successes, "episodes": 100}},
    }
    (path / "summary.json").write_text(json.dumps(summary | changes))
    return path


def test_runs_that_differ_in_their_seed_are_one_arm(tmp_path: Path) -> None:
    folders = [finished(tmp_path / f"run{seed}", seed, won) for seed, won in ((1, 80), (0, 98))]
    folders.append(finished(tmp_path / "with", 0, 95, operated=10))
    alone, led = arms([read_compared(folder) for folder in folders])
    assert [run.seed for run in alone.runs] == [0, 1]
    assert (alone.mean, alone.worst, led.mean) == (pytest.approx(0.89), 0.8, 0.95)
    assert alone.interval[0] < 0.89 < alone.interval[1]
    assert alone.runs[0].cost == (60, 0, 40, 0)
    assert led.runs[0].cost == (60, 10, 40, 0)
    assert led.label == "`reach` `operator.episodes=10`"


def test_the_table_names_every_seed_and_cost(tmp_path: Path) -> None:
    lines = table(arms([read_compared(finished(tmp_path / "run", 3, 100, operated=10))])).splitlines()
    assert lines[2] == "| `reach` | 60 | 10 | 40 | 0 | .30 | 3: 1.0 | 1.0 | 1.0 | .96 to 1.0 |"


def test_a_run_that_has_not_ended_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no complete run"):
        read_compared(tmp_path)
    unevaluated = finished(tmp_path / "run", 0, 0, groups={})
    with pytest.raises(ConfigError, match="was not evaluated"):
        read_compared(unevaluated)


def test_the_command_says_which_runs_do_not_repeat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [finished(tmp_path / "a", 0, 90), finished(tmp_path / "b", 1, 70, exact=False)]
    assert main(["compare", *map(str, runs), "--json", str(tmp_path / "out.json")]) == 0
    assert "1 of 2 runs need not repeat to the bit" in capsys.readouterr().out
    (arm,) = json.loads((tmp_path / "out.json").read_text())
    assert [run["successes"] for run in arm["runs"]] == [90, 70]
