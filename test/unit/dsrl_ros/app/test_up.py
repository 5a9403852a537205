"""`./dsrl up` refuses what it cannot start, and leaves nothing behind."""

import sys
from pathlib import Path

from dsrl_core.run.interrupt import Interrupt
from dsrl_ros.app import running


def test_on_a_robot_it_names_the_launch_file_and_leaves_no_folder(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["up", "franka", "--out", str(tmp_path / "run")])
    monkeypatch.setattr(Interrupt, "__init__", lambda self: None)  # signals are the test runner's
    assert running.main(Interrupt()) == 2
    assert "ros2 launch dsrl_ros franka_train.launch.py platform:=franka" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
