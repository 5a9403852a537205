"""Checkpoints: whole, refused when damaged or foreign, and a resumed learner equals an uninterrupted one."""

import errno
from pathlib import Path

import jax
import numpy as np
import pytest
from learner_samples import make_config, make_episode

from dsrl_core.errors import CheckpointError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.storage import durable

EPISODES = [make_episode(number, 3) for number in range(18)]  # more than the 40 transitions that replay keeps


def _play(learner: Learner, episodes: range) -> None:
    for number in episodes:
        learner.ingest(EPISODES[number])
        while learner.gradient_steps_due:
            learner.step()


def _resumed(path: Path, seen: int) -> Learner:
    learner = Learner(make_config())
    checkpoint.load(learner, path)
    for number in range(seen):
        learner.restore_episode(EPISODES[number])
    return learner


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Learner, Path]:
    learner = Learner(make_config())
    _play(learner, range(3))
    path = checkpoint.path_for(tmp_path, learner.gradient_steps)
    checkpoint.save(learner, path)
    return learner, path


def test_round_trip_gives_every_array_back(saved: tuple[Learner, Path]):
    learner, path = saved
    other = Learner(make_config())
    checkpoint.load(other, path)
    jax.tree.map(np.testing.assert_array_equal, other.state, learner.state)
    assert other.gradient_steps == learner.gradient_steps == 12
    assert other.params_sha256() == learner.params_sha256()
    assert other.actor_params() == learner.actor_params()


def test_resumed_equals_uninterrupted(saved: tuple[Learner, Path]):
    learner, path = saved
    resumed = _resumed(path, 3)
    _play(learner, range(3, 18))
    _play(resumed, range(3, 18))
    assert resumed.params_sha256() == learner.params_sha256()
    assert resumed.actor_params().after_episode == learner.actor_params().after_episode == {"robot0": 17}


def test_resumed_after_frames_were_evicted_equals_uninterrupted(tmp_path: Path):
    learner = Learner(make_config())
    _play(learner, range(16))
    assert learner.transitions < 16 * 3
    checkpoint.save(learner, tmp_path / "learner_1.ckpt")
    resumed = _resumed(tmp_path / "learner_1.ckpt", 16)
    _play(learner, range(16, 18))
    _play(resumed, range(16, 18))
    assert resumed.params_sha256() == learner.params_sha256()


def test_resumed_in_the_middle_of_a_block_finishes_it(tmp_path: Path):
    learner = Learner(make_config())
    _play(learner, range(2))
    learner.ingest(EPISODES[2])
    learner.step()
    checkpoint.save(learner, tmp_path / "learner_1.ckpt")
    resumed = _resumed(tmp_path / "learner_1.ckpt", 3)
    assert resumed.gradient_steps_due == learner.gradient_steps_due == 5
    assert resumed.actor_params().after_episode == {"robot0": 1}, "the last episode is not trained on yet"
    for each in (learner, resumed):
        while each.gradient_steps_due:
            each.step()
    assert resumed.params_sha256() == learner.params_sha256()
    assert resumed.actor_params().after_episode == {"robot0": 2}


def test_saving_does_not_disturb_training(saved: tuple[Learner, Path]):
    learner, _ = saved
    undisturbed = Learner(make_config())
    _play(undisturbed, range(4))
    _play(learner, range(3, 4))
    assert learner.params_sha256() == undisturbed.params_sha256()


@pytest.mark.parametrize("where", [0.001, 0.1, 0.5, 0.999])
def test_a_flipped_bit_is_refused(saved: tuple[Learner, Path], where: float):
    _, path = saved
    contents = bytearray(path.read_bytes())
    contents[int(where * len(contents))] ^= 1
    path.write_bytes(bytes(contents))
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(Learner(make_config()), path)


@pytest.mark.parametrize("size", [0, 1, 64, 65, 1000])
def test_a_torn_file_is_refused(saved: tuple[Learner, Path], size: int):
    _, path = saved
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(Learner(make_config()), path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(CheckpointError, match="nothing_here"):
        checkpoint.load(Learner(make_config()), tmp_path / "nothing_here")


@pytest.mark.parametrize(
    ("changes", "seed", "message"),
    [
        ({}, 4, "seed=3, this run has seed=4"),
        ({"network": {"hidden_dims": [8, 8, 8]}}, 3, r"network.hidden_dims=\[8, 8\], this run has .*\[8, 8, 8\]"),
        ({"sac": {"tau": 0.5}}, 3, "sac.tau=0.005, this run has sac.tau=0.5"),
        ({"noise": {"vectors": 2}}, 3, "noise.vectors=1"),
    ],
)
def test_other_settings_are_refused_by_name(saved: tuple[Learner, Path], changes: dict, seed: int, message: str):
    learner = Learner(make_config(changes, seed=seed))
    before = learner.params_sha256()
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load(learner, saved[1])
    assert learner.params_sha256() == before
    assert learner.gradient_steps == 0


def test_a_longer_schedule_may_go_on(saved: tuple[Learner, Path]):
    checkpoint.load(Learner(make_config({"schedule": {"episodes": 99}})), saved[1])


def test_the_last_three_stay_and_damage_falls_back(saved: tuple[Learner, Path]):
    learner, path = saved
    folder = path.parent
    assert checkpoint.latest(folder / "none") is None
    for _ in range(4):
        learner.step()
        checkpoint.save(learner, checkpoint.path_for(folder, learner.gradient_steps))
    names = [f"learner_{steps:09d}.ckpt" for steps in (14, 15, 16)]
    assert sorted(file.name for file in folder.iterdir()) == names
    newest = checkpoint.latest(folder)
    assert newest == folder / names[2]
    newest.write_bytes(newest.read_bytes()[:-1])
    refused: list[CheckpointError] = []
    assert checkpoint.latest(folder, refused.append) == folder / names[1]
    assert [str(error).split(" is damaged")[0] for error in refused] == [str(folder / names[2])]
    for name in names:
        (folder / name).write_bytes(b"")
    assert checkpoint.latest(folder) is None


def test_as_many_stay_as_the_setting_says(tmp_path: Path):
    learner = Learner(make_config({"checkpoint_keep": 1, "checkpoint_keep_best": 2}))
    for steps in range(1, 5):
        checkpoint.save(learner, checkpoint.path_for(tmp_path, steps))
        checkpoint.save(learner, checkpoint.best_path_for(tmp_path, steps))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "best_000000003.ckpt",
        "best_000000004.ckpt",
        "learner_000000004.ckpt",
    ]
    checkpoint.load(learner, tmp_path / "best_000000004.ckpt")


def test_a_full_disk_leaves_the_checkpoints_before(saved: tuple[Learner, Path], monkeypatch: pytest.MonkeyPatch):
    learner, path = saved
    before = path.read_bytes()

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "sync", full)
    for target in (path, checkpoint.path_for(path.parent, 99)):
        with pytest.raises(CheckpointError, match=r"could not be written \(.*No space left.*free space"):
            checkpoint.save(learner, target)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before
    assert checkpoint.latest(path.parent) == path


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="could not be written"):
        checkpoint.save(Learner(make_config()), tmp_path / "file" / "learner_1.ckpt")
