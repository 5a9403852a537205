"""`./dsrl up` refuses what it cannot start, and leaves nothing behind."""

import sys
from pathlib import Path

from dsrl_ros.app import up


def test_on_a_robot_it_names_the_launch_file_and_leaves_no_folder(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(up.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["up", "franka", "--out", str(tmp_path / "run")])
    assert up.main() == 2
    assert "ros2 launch dsrl_ros franka_train.launch.py platform:=franka" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
