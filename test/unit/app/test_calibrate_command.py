"""`./dsrl calibrate`: from a file to a setting, with every mistake in the file named."""

from pathlib import Path

import numpy as np
import pytest
from doubles.soft_follower import wander

from dsrl_core.acting.execution.arm.calibration import ANYWHERE
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.app.__main__ import main

ARM = load_arm("fr3")
COLUMNS = ["time_s", *(f"action.{name}" for name in ARM.joints), *(f"position.{name}" for name in ARM.joints)]
Output = pytest.CaptureFixture[str]


def written(path: Path, scale: float, count: int, columns: list[str] = COLUMNS) -> Path:
    """A recording of an arm that goes this share of its actions' speed; the last column is not asked for."""
    actions, planner = wander(0, count, 0.45), Planner(ARM, 1 / 15, ANYWHERE)
    planner.anchor(ARM.home)
    positions = [ARM.home, *(planner.step(scale * 3 * action).positions for action in actions[:-1])]
    rows = np.column_stack([np.arange(count) / 15, actions, np.stack(positions), np.zeros(count)])
    lines = [",".join([*columns, "comment"]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_setting_is_printed_and_may_be_trusted(tmp_path: Path, capsys: Output):
    assert main(["calibrate", "franka", str(written(tmp_path / "a.csv", 0.31, 76))]) == 0
    text = capsys.readouterr().out
    assert text.startswith("action.arm.velocity_scale=0.31: 0.000 rad rms")
    assert "not to be trusted" not in text


def test_what_is_not_to_be_trusted_ends_with_1_and_says_why(tmp_path: Path, capsys: Output):
    assert main(["calibrate", "franka", str(written(tmp_path / "a.csv", 0.31, 30))]) == 1
    assert "not to be trusted:\n  - only 1.9 s can be used" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace("position.fr3_joint7", "position.joint7"),
            "'position.fr3_joint7' is missing; needed",
        ),
        (lambda text: text.replace("0.0,0.0", "fast,0.0", 1), ":2: time_s='fast' must be a number"),
        (lambda text: text[: len(text) // 2].rpartition(",")[0], "=None must be a number"),
        (lambda text: text.splitlines()[0], "no 1 s without a gap"),
        (lambda text: "", "'time_s' is missing"),
    ],
)
def test_mistakes_in_the_file_are_named(change, message: str, tmp_path: Path, capsys: Output):
    path = written(tmp_path / "a.csv", 0.31, 30)
    path.write_text(change(path.read_text()))
    assert main(["calibrate", "franka", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert str(path) in line
