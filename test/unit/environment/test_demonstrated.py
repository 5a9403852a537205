"""Demonstrations in the place of a simulator: they pass by as they were, and what does not fit is named."""

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import make_platform

from dsrl_core.environment import demonstration_file
from dsrl_core.environment.demonstrated import Demonstrated, fitting_files, follows
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
    return list(fitting_files([tmp_path], PLATFORM))


def test_a_file_holds_what_was_written_to_it(tmp_path: Path):
    some = dataclasses.replace(demo(), starts=np.arange(STEPS))
    save_demonstration(tmp_path / "demo.npz", some)
    found = load_demonstration(tmp_path / "demo.npz")
    for name in ("states", "actions", "starts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(some, name))
    np.testing.assert_array_equal(found.images["camera0"], some.images["camera0"])


def test_they_pass_by_one_after_the_other_whatever_is_done(paths: list[Path]):
    for number in range(2):
        environment = Demonstrated(paths, PLATFORM, lambda number=number: number)
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


def test_one_comes_again_until_it_is_recorded(paths: list[Path]):
    recorded = [0]
    environment = Demonstrated(paths, PLATFORM, lambda: recorded[0])
    for _ in range(2):
        environment.reset(0)
        assert environment.chunk(0, 1).item() == 0
        assert [environment.step(np.zeros(1, np.float32)).success for _ in range(STEPS)][-1]
    recorded[0] = 1
    environment.reset(0)
    assert environment.chunk(0, 1).item() == 100


def test_an_episode_is_told_from_another_demonstration(paths: list[Path]):
    seen = np.array([[step, step] for step in (0, 4, 8, STEPS - 1)], np.float32)
    assert follows(seen, STEPS, paths[0], execute=4)
    assert not follows(seen, STEPS - 1, paths[0], execute=4)
    assert not follows(seen + 1, STEPS, paths[0], execute=4)


def test_steps_that_were_not_observed_show_what_was_seen_before(tmp_path: Path):
    starts = np.array([0, 4, 8])
    part = {name: ARRAYS[name][starts] for name in ("states", "images/camera0")}
    files = list(fitting_files([written(tmp_path / "some.npz", starts=starts, **part)], PLATFORM))
    environment = Demonstrated(files, PLATFORM, lambda: 0)
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
        ({"actions": np.zeros(STEPS, np.float32)}, r"actions is float32\[10\]; expected numbers of 2 dimensions"),
        ({"actions": np.full((STEPS, 1), "1.5")}, "expected numbers of 2 dimensions"),
        ({"images/camera0": np.zeros((STEPS, 0, 0, 3), np.uint8)}, r"uint8\[10, 0, 0, 3\]; expected uint8"),
        ({"images/camera0": np.zeros((STEPS, 8, 8, 3))}, r"float64\[10, 8, 8, 3\]; expected uint8"),
        ({"starts": np.arange(1, STEPS + 1)}, "10 steps has starts .*; they must rise within them"),
        ({"starts": np.arange(STEPS)[::-1]}, "they must rise within them"),
        ({"starts": np.arange(STEPS) - 1}, "they must rise within them"),
        ({"starts": np.arange(STEPS) / 2}, r"starts is float64\[10\]; expected numbers"),
        (
            {"starts": np.arange(1, 4)} | {name: ARRAYS[name][1:4] for name in ("states", "images/camera0")},
            "step 0 was not observed, where a decision is due",
        ),
        ({name: array[:0] for name, array in ARRAYS.items()}, "it has no step"),
        ({"actions": np.array([None, 1], object)}, "cannot be read .*allow_pickle"),
    ],
)
def test_a_demonstration_that_does_not_fit_is_named_with_its_fault(tmp_path: Path, changes: dict[str, Any], words: str):
    path = written(tmp_path / "odd.npz", **changes)
    with pytest.raises(ConfigError, match=f"odd.npz.*{words}"):
        fitting_files([path], PLATFORM)


def test_what_is_no_demonstration_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no demonstration"):
        fitting_files([tmp_path], PLATFORM)


def damaged(path: Path) -> None:
    np.savez_compressed(path, **ARRAYS)
    data = bytearray(path.read_bytes())
    data[60:90] = bytes(30)
    path.write_bytes(data)


def one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, ARRAYS["actions"])


def endless(path: Path) -> None:
    """Its header tells of more than there is memory for."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 2)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("actions.npy", header.getvalue())


def text(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("actions", "text")


@pytest.mark.parametrize("make", [damaged, one_array, endless, text, lambda path: path.write_text("text")])
def test_what_cannot_be_read_is_one_message(tmp_path: Path, make: Any):
    make(tmp_path / "odd.npz")
    with pytest.raises(ConfigError, match=r"odd\.npz cannot be read"):
        fitting_files([tmp_path], PLATFORM)


def test_what_would_fill_the_memory_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demonstration_file, "LARGEST", 1000)
    with pytest.raises(ConfigError, match="GB are taken"):
        fitting_files([written(tmp_path / "large.npz")], PLATFORM)


def test_other_arrays_are_passed_over(tmp_path: Path):
    path = written(tmp_path / "more.npz", task="pick up", reward=np.array([None], object))
    assert fitting_files([path], PLATFORM) == {path: STEPS}
