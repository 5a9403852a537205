"""Demonstrations in the place of a simulator: they pass by as they were, and what does not fit is named."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import make_platform

from dsrl_core.environment.demonstrated import Demonstrated, checked
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import load_demonstration, save_demonstration
from dsrl_core.errors import ConfigError

STEPS = 10
PLATFORM = make_platform()  # two values of state, one action, decisions every four steps
ARRAYS: dict[str, Any] = {
    "actions": np.arange(STEPS, dtype=np.float32)[:, None],
    "states": np.tile(np.arange(STEPS, dtype=np.float32)[:, None], (1, 2)),
    "images/camera0": np.tile(np.arange(STEPS, dtype=np.uint8)[:, None, None, None], (1, 8, 8, 3)),
}


def demo(first: float = 0.0) -> Demonstration:
    return Demonstration({"camera0": ARRAYS["images/camera0"]}, ARRAYS["states"], ARRAYS["actions"] + np.float32(first))


def written(path: Path, **changes: Any) -> Path:
    kept = {name: array for name, array in {**ARRAYS, **changes}.items() if array is not None}
    np.savez(path, **kept)
    return path


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Two demonstrations, of which the second begins with another action."""
    for number in range(2):
        save_demonstration(tmp_path / f"{number}.npz", demo(100.0 * number))
    return checked([tmp_path], PLATFORM)


def played(environment: Demonstrated) -> list[bool]:
    environment.reset(0)
    return [environment.step(np.zeros(1, np.float32)).success for _ in range(STEPS)]


def test_a_file_holds_what_was_written_to_it(tmp_path: Path):
    some = dataclasses.replace(demo(), starts=np.arange(STEPS))
    save_demonstration(tmp_path / "demo.npz", some)
    found = load_demonstration(tmp_path / "demo.npz")
    for name in ("states", "actions", "starts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(some, name))
    np.testing.assert_array_equal(found.images["camera0"], some.images["camera0"])


def test_they_pass_by_one_after_the_other_whatever_is_done(paths: list[Path]):
    environment = Demonstrated(paths, PLATFORM)
    for number in range(2):
        environment.reset(7, 0)
        for step in range(STEPS):
            assert environment.state().tolist() == [step, step]
            assert environment.render()["camera0"].max() == step
            assert environment.chunk(step, 2).ravel().tolist() == [
                min(at, STEPS - 1) + 100 * number for at in (step, step + 1)
            ]
            result = environment.step(np.full(1, -5, np.float32))
            assert (result.success, result.reward) == (step == STEPS - 1, float(step == STEPS - 1))
        assert environment.state().tolist() == [STEPS - 1] * 2, "nothing was observed after the last action"


def test_one_that_did_not_come_to_its_end_comes_again(paths: list[Path]):
    environment = Demonstrated(paths, PLATFORM)
    environment.reset(0)
    environment.step(np.zeros(1, np.float32))
    assert played(environment) == [False] * (STEPS - 1) + [True]
    environment.reset(0)
    assert environment.chunk(0, 1).item() == 100


def test_those_that_are_done_are_passed_over(paths: list[Path]):
    environment = Demonstrated(paths, PLATFORM, played=1)
    environment.reset(0)
    assert environment.chunk(0, 1).item() == 100


def test_steps_that_were_not_observed_show_what_was_seen_before(tmp_path: Path):
    starts = np.array([0, 4, 8])
    part = {name: ARRAYS[name][starts] for name in ("states", "images/camera0")}
    environment = Demonstrated(checked([written(tmp_path / "some.npz", starts=starts, **part)], PLATFORM), PLATFORM)
    environment.reset(0)
    for step in range(STEPS):
        assert environment.state()[0] == step // 4 * 4
        environment.step(np.zeros(1, np.float32))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"states": None}, "has no array 'states'; a demonstration is an npz"),
        ({"images/camera0": None}, "have no camera 'camera0'"),
        ({"states": np.zeros((STEPS, 3), np.float32)}, "states and actions have 3 and 1 values; the contract"),
        ({"states": np.zeros((3, 2), np.float32)}, r"\[3, 10\] states and images of 10 observed steps"),
        ({"actions": np.full((STEPS, 1), np.nan, np.float32)}, "not finite"),
        ({"actions": np.zeros(STEPS, np.float32)}, "actions has shape .10,.; expected 2 dimensions"),
        ({"images/camera0": np.zeros((STEPS, 8, 8, 3))}, r"float64\[10, 8, 8, 3\]; expected uint8"),
        ({"starts": np.arange(1, STEPS + 1)}, "step 0 was not observed, where a decision is due"),
        ({name: array[:0] for name, array in ARRAYS.items()}, "it has no step"),
        ({"actions": np.array([None, 1], object)}, "cannot be read .*allow_pickle"),
    ],
)
def test_a_demonstration_that_does_not_fit_is_named_with_its_fault(tmp_path: Path, changes: dict[str, Any], words: str):
    path = written(tmp_path / "odd.npz", **changes)
    with pytest.raises(ConfigError, match=f"odd.npz.*{words}"):
        checked([path], PLATFORM)


def test_what_is_no_demonstration_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no demonstration"):
        checked([tmp_path], PLATFORM)
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(ConfigError, match=r"text\.npz cannot be read"):
        checked([tmp_path], PLATFORM)
