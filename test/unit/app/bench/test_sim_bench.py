"""`./dsrl bench sim` gives the figures that it promises, and leaves out a simulator that is not complete here."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from dsrl_core.app.bench.timed import TimedRollout
from dsrl_core.errors import ConfigError, EnvironmentFailed
from dsrl_ros.app.benchmarks import sim

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")
Made = list[tuple[str, str]]


class FakeRollout:
    """10 steps/s as the package steps, 200 as we do."""

    made: Made = []  # noqa: RUF012

    def __init__(self, platform: str, kind: str) -> None:
        self.made.append((platform, kind))
        self._rate = {"stock": 10.0, "ours": 200.0, "blind": 300.0}[kind]

    def __enter__(self) -> "FakeRollout":
        return self

    def __exit__(self, *exc: object) -> None:
        self.made.pop()

    def piece(self, seconds: float) -> float:
        return self._rate


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    """Graphs that were asked for; each plays 160, 150 and 1,000 steps/s."""
    asked: list[tuple[str, tuple[str, ...]]] = []

    def rates(platform: str, settings: tuple[str, ...], steps: int) -> list[float]:
        asked.append((platform, settings))
        assert f"episode.max_steps={steps}" in settings
        return [160.0, 150.0, 1000.0]

    monkeypatch.setattr(sim, "episode_rates", rates)
    return asked


def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *parts: str) -> tuple[int, dict[str, float]]:
    path = tmp_path / "figures.json"
    monkeypatch.setattr(sys, "argv", ["bench", *parts, "--json", str(path)])
    code = sim.main()
    return code, json.loads(path.read_text()) if path.exists() else {}


def test_every_figure_is_there_and_is_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graphs: list[tuple[str, tuple[str, ...]]]
) -> None:
    monkeypatch.setattr(sim, "TimedRollout", FakeRollout)
    code, found = figures(tmp_path, monkeypatch)
    assert code == 0
    assert found == {
        "libero.stock_steps_s": 10.0,
        "libero.steps_s": 200.0,
        "libero.speedup": 20.0,
        "libero.graph_steps_s": 160.0,
        "libero.graph_fraction": 0.8,
        "aloha.stock_steps_s": 10.0,
        "aloha.steps_s": 200.0,
        "aloha.speedup": 20.0,
        "aloha.blind_steps_s": 300.0,
        "aloha.graph_steps_s": 160.0,
    }
    assert [name for name, _ in graphs] == ["libero", "aloha"]
    assert not FakeRollout.made, "a process was left"


def test_a_simulator_without_its_assets_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], graphs: object
) -> None:
    class Incomplete(FakeRollout):
        def __init__(self, platform: str, kind: str) -> None:
            if platform == "libero":
                raise ConfigError("meshes are missing; set LIBERO_ASSETS")
            super().__init__(platform, kind)

    monkeypatch.setattr(sim, "TimedRollout", Incomplete)
    code, found = figures(tmp_path, monkeypatch)
    assert code == 0
    assert {name.split(".")[0] for name in found} == {"aloha"}
    assert "libero is left out: meshes are missing; set LIBERO_ASSETS" in capsys.readouterr().err
    assert figures(tmp_path / "none", monkeypatch, "libero") == (1, {})


def test_a_simulator_that_dies_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def dies(platform: str, kind: str) -> None:
        raise EnvironmentFailed("stock aloha died")

    monkeypatch.setattr(sim, "TimedRollout", dies)
    monkeypatch.setattr(sys, "argv", ["bench", "aloha"])
    assert sim.main() == 1
    assert "stock aloha died" in capsys.readouterr().err


def test_real_rollouts_step_and_count() -> None:
    with TimedRollout("aloha", "stock") as stock, TimedRollout("aloha", "blind") as blind:
        rates = [rollout.piece(0.01) for rollout in (stock, blind)]
        assert stock.piece(0.0) > 0, "one step at least"
    assert np.isfinite(rates).all()
    assert min(rates) > 0
    with pytest.raises(ConfigError, match="'slow' is no rollout; allowed: stock, ours, blind"):
        TimedRollout("aloha", "slow")
