"""`./dsrl up` refuses what it cannot start, and leaves nothing behind."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dsrl_core.run.interrupt import Interrupt
from dsrl_ros.app import running


@pytest.fixture
def up(tmp_path: Path, monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """Runs `./dsrl up franka` with settings; exit code and what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Interrupt, "__init__", lambda self: None)  # signals are the test runner's

    def run(*settings: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["up", "franka", "--out", str(tmp_path / "run"), *settings])
        return running.main(Interrupt()), capsys.readouterr().err

    return run


def test_on_a_robot_it_names_what_is_missing_and_leaves_no_folder(up, tmp_path: Path):
    code, said = up("policy.endpoint=ws://127.0.0.1:9")
    assert code == 2
    assert "ws://127.0.0.1:9 cannot be connected" in said
    assert not list(tmp_path.iterdir())


def test_no_arm_moves_that_was_not_checked_lately(up, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    code, said = up('policy.kind="null"', "policy.feature_dim=0")
    assert code == 2
    assert "./dsrl check" in said
    assert not (tmp_path / "run").exists()
