"""What breaks training costs no more than it must, and says what to do: divergence, bad episodes, bad checkpoints."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import make_config, make_episode
from test_trainer import CONFIG, SCHEDULE, kinds, trainer_of, work

from dsrl_core.errors import CheckpointError, InvalidRequest, TrainingDiverged
from dsrl_core.learner import checkpoint
from dsrl_core.record.segment import segments, write_segment
from dsrl_core.run.folder import open_run
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Episode


def test_divergence_stops_and_keeps_the_last_good_state(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    for number in range(2):
        trainer.receive(make_episode(number))
    work(trainer)
    good = trainer.learner.params_sha256()
    trainer.receive(make_episode(2, rewards=np.full(3, 1e30, np.float32)))
    trainer.receive(make_episode(3))
    with pytest.raises(TrainingDiverged, match=r"not finite.* step 6, is kept in .*learner_000000006\.ckpt"):
        work(trainer)
    assert trainer.learner.params_sha256() == good
    trainer.save()
    again = trainer_of(tmp_path)
    assert (again.learner.gradient_steps, again.learner.params_sha256()) == (6, good)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_batch_that_is_not_finite_leaves_the_last_good_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
):
    trainer = trainer_of(tmp_path)
    for number in range(3):
        trainer.receive(make_episode(number))
    while trainer.learner.gradient_steps < 8:
        trainer.work()
    replay = trainer.learner.replay
    whole = replay.batch
    monkeypatch.setattr(replay, "batch", lambda picked: whole(picked)._replace(reward=np.full(8, value, np.float32)))
    with pytest.raises(TrainingDiverged):
        work(trainer)
    assert trainer.learner.gradient_steps == 6, "the end of the block before"
    newest = checkpoint.latest(trainer.folder.checkpoints)
    assert newest == trainer.folder.checkpoints / "learner_000000006.ckpt"
    monkeypatch.setattr(replay, "batch", whole)
    work(trainer)
    undisturbed = trainer_of(tmp_path.with_name("undisturbed"))
    for number in range(3):
        undisturbed.receive(make_episode(number))
    work(undisturbed)
    assert trainer.learner.params_sha256() == undisturbed.learner.params_sha256()


def test_a_stop_in_a_block_that_diverged_saves_the_good_state(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    trainer.receive(make_episode(0))
    trainer.receive(make_episode(1, rewards=np.full(3, 1e30, np.float32)))
    for _ in range(4):
        trainer.work()
    good = Trainer(CONFIG, open_run(CONFIG, tmp_path.with_name("fresh")).folder).learner.params_sha256()
    assert trainer.save().name == "learner_000000000.ckpt"
    again = trainer_of(tmp_path)
    assert again.learner.params_sha256() == good


@pytest.mark.parametrize(
    "change", [{"rewards": np.full(3, np.nan, np.float32)}, {"states": np.zeros((4, 3), np.float32)}]
)
def test_a_bad_episode_is_not_recorded(tmp_path: Path, change: dict):
    trainer = trainer_of(tmp_path)
    trainer.receive(make_episode(0))
    with pytest.raises(InvalidRequest, match=r"episode 1 of robot0: (rewards is nan at \[0\]|states has shape)"):
        trainer.receive(make_episode(1, **change))
    assert [path.name for path in segments(trainer.folder.bag)] == ["robot0_000000"]
    assert trainer.receive(make_episode(1)), "its number is free for a sound one"
    work(trainer)


@pytest.mark.parametrize(
    "change", [{"rewards": np.full(3, np.nan, np.float32)}, {"states": np.zeros((4, 3), np.float32)}]
)
def test_a_recorded_episode_that_is_bad_is_named_and_nothing_is_lost(tmp_path: Path, change: dict):
    trainer = trainer_of(tmp_path)
    for number in range(2):
        trainer.receive(make_episode(number))
    work(trainer)
    before = trainer.learner.params_sha256()
    trainer.save()
    write_segment(trainer.folder.bag, make_episode(2, **change))
    with pytest.raises(InvalidRequest, match=r"episode 2 of robot0: .* move .*robot0_000002 out of the bag"):
        trainer_of(tmp_path)
    assert len(segments(trainer.folder.bag)) == 3
    shutil.rmtree(trainer.folder.bag / "robot0_000002")
    again = trainer_of(tmp_path)
    assert (again.learner.transitions, again.learner.params_sha256()) == (6, before)


def test_a_damaged_checkpoint_is_told_of_and_made_up_for(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    trainer = trainer_of(tmp_path)
    for number in range(4):
        trainer.receive(make_episode(number))
        work(trainer)
    newest = checkpoint.path_for(trainer.folder.checkpoints, 18)
    newest.write_bytes(newest.read_bytes()[:-1])
    again = trainer_of(tmp_path)
    assert "learner_000000018.ckpt is damaged" in caplog.text
    assert [line["what"] for line in kinds(again.folder, "event")] == ["checkpoint_refused"]
    assert again.learner.gradient_steps == 6, "the one before it"
    work(again)
    assert again.learner.params_sha256() == trainer.learner.params_sha256()


def trained(path: Path, *episodes: Episode) -> Trainer:
    trainer = trainer_of(path)
    for episode in episodes:
        trainer.receive(episode)
        work(trainer)
    return trainer


def test_a_segment_that_was_replaced_is_noticed_and_the_segments_decide(tmp_path: Path):
    trained(tmp_path, *map(make_episode, range(4)))
    bag = trainer_of(tmp_path).folder.bag
    shutil.rmtree(bag / "robot0_000002")
    write_segment(bag, make_episode(2, seed=77))
    again = trainer_of(tmp_path)
    assert "has learned from other episodes than the bag holds now" in again.progress.reasons()[0]
    work(again)
    expected = trained(
        tmp_path.with_name(f"{tmp_path.name}_expected"),
        *map(make_episode, (0, 1)),
        make_episode(2, seed=77),
        make_episode(3),
    )
    assert again.learner.params_sha256() == expected.learner.params_sha256()
    assert trainer_of(tmp_path).progress.reasons() == again.progress.reasons(), "it is kept in the metrics"


def test_the_last_segment_taken_out_leaves_the_state_before_it(tmp_path: Path):
    trainer = trained(tmp_path, *map(make_episode, range(4)))
    shutil.rmtree(trainer.folder.bag / "robot0_000003")
    again = trainer_of(tmp_path)
    work(again)
    assert again.progress.last_episode == {"robot0": 2}
    expected = trained(tmp_path.with_name(f"{tmp_path.name}_expected"), *map(make_episode, range(3)))
    assert again.learner.params_sha256() == expected.learner.params_sha256()
    again.receive(make_episode(3))
    work(again)
    assert again.learner.params_sha256() == trainer.learner.params_sha256()
    assert again.progress.reasons() == []
    again.save()
    assert trainer_of(tmp_path).learner.gradient_steps == trainer.learner.gradient_steps


def test_a_segment_taken_out_of_the_middle_is_a_reason(tmp_path: Path):
    trainer = trained(tmp_path, *map(make_episode, range(4)))
    shutil.rmtree(trainer.folder.bag / "robot0_000001")
    reasons = trainer_of(tmp_path).progress.reasons()
    assert reasons == ["recorded episodes of robot0 are missing: 1, the first after 1 others"]


def test_a_checkpoint_of_another_preset_is_refused_by_key(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    trainer.save()
    other = make_config({"schedule": SCHEDULE, "sac": {"tau": 0.5}})
    with pytest.raises(CheckpointError, match=r"sac\.tau=0\.005, this run has sac\.tau=0\.5"):
        Trainer(other, trainer.folder)
