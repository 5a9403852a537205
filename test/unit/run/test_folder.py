"""A folder is resumed by the run that made it, and by no other."""

import dataclasses
from pathlib import Path

import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import exclusive, first_difference, free_name, open_run


def test_a_new_run_is_made_and_then_resumed(tmp_path: Path) -> None:
    made = open_run(load_run("reach", "first", seed=3), tmp_path / "run")
    again = open_run(load_run("reach", "second", seed=3), tmp_path / "run")
    assert not made.resumed
    assert again.resumed
    assert again.config == made.config
    assert again.config.run_id == "first"
    assert made.folder.bag.is_dir()
    assert made.folder.checkpoints.is_dir()


def test_without_a_folder_the_name_is_the_run_id(tmp_path: Path) -> None:
    made = open_run(load_run("reach", "reach_s0"), root=tmp_path)
    assert made.folder.path == tmp_path / "reach_s0"
    assert free_name("reach_s0", tmp_path) == "reach_s0_2"
    assert free_name("reach_s1", tmp_path) == "reach_s1"


@pytest.mark.parametrize(
    ("seed", "overrides", "parts"),
    [
        (1, [], ["seed=0", "seed=1"]),
        (0, ["sac.utd=7"], ["preset.sac.utd=20", "preset.sac.utd=7"]),
        (0, ["schedule.episodes=9", "sac.tau=0.5"], ["preset.sac.tau=0.01", "preset.sac.tau=0.5"]),
        (0, ["episode.max_steps=11"], ["platform.episode.max_steps=50", "platform.episode.max_steps=11"]),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path: Path, seed: int, overrides: list[str], parts: list[str]) -> None:
    before = load_run("reach", "run", overrides=["sac.utd=20", "sac.tau=0.01", "episode.max_steps=50"])
    open_run(before, tmp_path)
    asked = load_run("reach", "run", seed, ["sac.utd=20", "sac.tau=0.01", "episode.max_steps=50", *overrides])
    with pytest.raises(ConfigError, match="--out") as caught:
        open_run(asked, tmp_path)
    assert all(part in str(caught.value) for part in [*parts, str(tmp_path)])


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(ConfigError, match="holds no run"):
        open_run(load_run("reach", "run"), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"\0", b"seed: [", b"sead: 3\n", b"[1, 2]", b""])
def test_damaged_settings_are_named_by_their_file(tmp_path: Path, damage: bytes) -> None:
    made = open_run(load_run("reach", "run"), tmp_path / "run")
    made.folder.config.write_bytes(damage)
    with pytest.raises(ConfigError, match=f"{made.folder.config}.*restore the file, or choose another --out"):
        open_run(load_run("reach", "run"), tmp_path / "run")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file/run"):
        open_run(load_run("reach", "run"), tmp_path / "file" / "run")


def test_two_runs_cannot_hold_one_folder(tmp_path: Path) -> None:
    folder = open_run(load_run("reach", "run"), tmp_path).folder
    with exclusive(folder), pytest.raises(ConfigError, match="in use"), exclusive(folder):
        pass
    with exclusive(folder):
        assert open_run(load_run("reach", "run"), tmp_path).resumed


def test_the_first_difference_is_the_first_declared() -> None:
    stored = load_run("reach", "a")
    assert first_difference(stored, stored) is None
    assert first_difference(stored, dataclasses.replace(stored, run_id="b", seed=5)) == ("run_id", "a", "b")
