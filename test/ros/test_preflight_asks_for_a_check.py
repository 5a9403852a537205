"""A pre-flight moves an arm, so on hardware it begins as a run does: a check that passed is asked for first."""

from pathlib import Path

import pytest
from graphs import GraphRun

HARDWARE = ("policy.kind='null'", "policy.feature_dim=0")


@pytest.mark.parametrize("end", [(), ("robot_end=fci", "robot_ip=192.0.2.1")], ids=["drivers", "fci"])
def test_hardware_without_a_check_is_refused(
    end: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    run = GraphRun(tmp_path / "run", *HARDWARE, *end, command="preflight", platform="franka")
    code, output = run.finish(60)
    assert code == 2, output
    assert "./dsrl preflight: the robot of franka was never checked with this contract" in output
    assert not run.folder.path.exists(), "nothing is left of what was refused"
