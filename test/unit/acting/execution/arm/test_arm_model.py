"""Arms are files: complete, consistent, and with libfranka's speeds near a limit."""

from pathlib import Path

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.config.paths import share
from dsrl_core.errors import ConfigError

FR3 = share() / "config" / "arms" / "fr3.yaml"


@pytest.mark.parametrize("name", ["fr3", "panda"])
def test_an_arm_is_complete_and_rests_within_its_limits(name: str):
    arm = load_arm(name)
    assert arm.size == 7
    assert arm.joints[0] == f"{name}_joint1"
    low, high = arm.speed_limits(arm.home)
    assert (low < -arm.speed_allowed).all()
    assert (high > arm.speed_allowed).all()


@pytest.mark.parametrize(
    ("joint", "position", "greatest"),  # min(top, -offset + sqrt(2 deceleration (limit - position))) - 0.001
    [
        (0, 2.6501, 0.794),
        (1, 1.6918, 0.518),
        (3, -0.2458, 0.593),
        (5, 4.4205, 0.698),
        (6, 0.0, 5.259),
        (2, 2.9065, 0.0),
    ],
)
def test_an_fr3_is_slower_towards_a_limit(joint: int, position: float, greatest: float):
    arm = load_arm("fr3")
    positions = arm.home.copy()
    positions[joint] = position
    low, high = arm.speed_limits(positions)
    assert high[joint] == pytest.approx(greatest, abs=1e-3)
    assert low[joint] == pytest.approx(-arm.speed_max[joint], abs=1e-2), "away from it it is free"


def test_the_lower_limit_slows_alike():
    arm = load_arm("fr3")
    low, high = arm.speed_limits(np.array([-2.6501, 0, 0, -2.5, 0, 1.9, 0]))
    assert low[0] == pytest.approx(-0.794, abs=1e-3)
    assert high[0] == pytest.approx(2.619, abs=1e-3)


def test_the_speed_of_a_panda_does_not_depend_on_its_position():
    arm = load_arm("panda")
    positions = np.stack([arm.position_min, arm.home, arm.position_max])
    low, high = arm.speed_limits(positions)
    assert (high == arm.speed_max).all()
    assert (low == -arm.speed_max).all()
    assert high.shape == (3, 7)


def test_an_unknown_arm_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match=r"arm 'fr4' is unknown; allowed: fr3, panda.*did you mean 'fr3'"):
        load_arm("fr4")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("speed_offset: [0.30, ", "speed_offset: [", "speed_offset has 6 values; allowed: 7"),
        ("home: [0, ", "home: [3, ", "home of fr3_joint1 is 3.0; allowed: between -2.7437 and 2.7437"),
        ("dh_a:", "dh_b:", "dh_b=.* is unknown"),
        ("tool_offset: [0, ", "tool_offset: [", "tool_offset has 2 values; allowed: 3"),
    ],
)
def test_a_wrong_arm_is_refused_with_the_key(old: str, new: str, message: str, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text(FR3.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=message):
        load_arm(str(path))


def test_an_arm_of_ones_own_is_named_by_its_path(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text(FR3.read_text())
    assert load_arm(str(path)).name == "mine"


def test_a_joint_that_is_out_of_its_range_is_named():
    arm = load_arm("fr3")
    assert arm.out_of_range(arm.home) == ""
    assert arm.out_of_range(arm.position_max) == ""
    assert arm.out_of_range(arm.home + np.array([0, 0, 0, 0, 0, 5.0, 0])).startswith("fr3_joint6 is at 6.885 rad")
