"""Two runs in one DDS domain, as where somebody sets ROS_DOMAIN_ID in their shell and starts both."""

import os
import subprocess
import sys
from pathlib import Path

from dsrl_core.app.arguments import asked_of
from dsrl_ros.app import start
from dsrl_ros.app.start import start_run

NUMBER = 200 + os.getpid() % 33  # of no other test; a run's own choice ends at 99


def test_the_second_run_is_refused_at_once_with_the_first_ones_place(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", str(NUMBER))
    monkeypatch.setattr(start, "check_before_start", lambda path, elsewhere: None)
    first = start_run(*asked_of("reach", 0, [], tmp_path / "first run"))
    command = [sys.executable, "-P", "-m", "dsrl_ros.app.up", "reach", "--out", str(tmp_path / "second")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    first.close()
    assert done.returncode == 2, done.stderr
    whose = f"ROS_DOMAIN_ID={NUMBER}: another run is in this domain (process {os.getpid()}, in {tmp_path}/first run)"
    assert whose in done.stderr
    assert "unset ROS_DOMAIN_ID, and the run takes a free domain" in done.stderr
    assert not (tmp_path / "second").exists()
