"""The trainer: recorded before trained, one thing at a time, and the parameters that are evaluated later."""

from pathlib import Path

import numpy as np
import pytest
from builders import make_config, make_episode
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.record.segment import read_segment, segments
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import ActorParams, Episode, Purpose

SCHEDULE = {"episodes": 4, "start_episodes": 2, "eval_episodes": 1, "baselines": ["repeated"]}
CONFIG = make_config({"schedule": SCHEDULE, "checkpoint_every": 2})
CHOICE = {**SCHEDULE, "baselines": [], "select_every": 2, "select_episodes": 2}
SELECTING = make_config({"schedule": CHOICE, "checkpoint_every": 100})


def trainer_of(path: Path, config: RunConfig = CONFIG) -> Trainer:
    return Trainer(config, open_run(config, path).folder)


def evaluation(number: int, group: str, index: int = 0, success: bool = False, version: int = 0) -> Episode:
    return make_episode(
        number,
        purpose=Purpose.EVAL,
        group=group,
        index=index,
        success=success,
        params_versions=np.full(3, version, np.int64),
    )


def work(trainer: Trainer) -> int:
    count = 0
    while trainer.work():
        count += 1
    return count


def kinds(folder: RunFolder, kind: str) -> list[dict]:
    return [line for line in read_metrics(folder.metrics) if line["kind"] == kind]


def test_an_episode_is_on_the_disk_before_it_is_trained_on(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    assert not trainer.busy
    assert trainer.receive(make_episode(0))
    assert [read_segment(path).episode for path in segments(trainer.folder.bag)] == [0]
    assert trainer.learner.transitions == 0
    assert trainer.busy
    assert trainer.progress.last_episode == {"robot0": 0}


def test_what_is_known_is_not_taken_twice(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    assert [trainer.receive(make_episode(number)) for number in (0, 0, 1, 0, 1)] == [True, False, True, False, False]
    work(trainer)
    assert trainer.learner.transitions == trainer.progress.transitions == 6
    assert [line["episode"] for line in kinds(trainer.folder, "episode")] == [0, 1]


def test_work_is_one_ingestion_or_one_gradient_step(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    trainer.receive(make_episode(0))
    assert work(trainer) == 1, "warm-up: stored, no gradient steps due"
    trainer.receive(make_episode(1))
    assert work(trainer) == 1 + 3 * 2, "three decisions, two gradient steps each"
    assert trainer.learner.gradient_steps == 6
    assert not trainer.busy
    assert not trainer.work()


def test_a_block_ends_with_a_line_of_metrics(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    for number in range(3):
        trainer.receive(make_episode(number))
    work(trainer)
    lines = kinds(trainer.folder, "gradient")
    assert [(line["gradient_step"], line["after_episode"]) for line in lines] == [(6, 1), (12, 2)]
    assert lines[-1]["critic_loss"] == pytest.approx(trainer.last_metrics["critic_loss"])
    assert {"q", "target_q", "actor_grad_norm", "critic_grad_norm", "actor_norm", "critic_norm"} <= set(lines[-1])
    assert trainer.steps_per_s > 0


def test_evaluation_is_recorded_and_changes_no_parameter(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    before = trainer.learner.params_sha256()
    assert trainer.receive(evaluation(0, "base_repeated"))
    assert not trainer.work()
    assert trainer.learner.params_sha256() == before
    assert trainer.progress.transitions == trainer.learner.transitions == 0
    assert len(segments(trainer.folder.bag)) == 1


def test_a_whole_schedule_is_planned_and_completed(tmp_path: Path):
    trainer, number = trainer_of(tmp_path), 0
    groups = []
    while (planned := trainer.planned("robot0")) is not None:
        assert not trainer.complete
        groups.append(planned.group)
        trainer.receive(make_episode(number, purpose=planned.purpose, group=planned.group, index=planned.index))
        number += 1
        if planned.group == "final":
            assert trainer.complete
        work(trainer)
    assert groups == ["base_repeated", "train", "train", "train", "train", "final"]
    assert trainer.complete
    assert trainer.learner.gradient_steps == 3 * 6


def test_an_episode_that_was_lost_is_waited_for(tmp_path: Path):
    """It was sent while no learner lived; whatever comes after it must not acknowledge it."""
    trainer = trainer_of(tmp_path)
    sent = (0, 2, 3, 1, 3, 2, 3)
    assert [trainer.receive(make_episode(n)) for n in sent] == [True, False, False, True, False, True, True]
    assert [read_segment(path).episode for path in segments(trainer.folder.bag)] == [0, 1, 2, 3]


def test_checkpoints_come_with_every_few_training_episodes(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    for number in range(4):
        trainer.receive(make_episode(number))
        work(trainer)
    names = sorted(path.name for path in trainer.folder.checkpoints.iterdir())
    assert names == ["learner_000000006.ckpt", "learner_000000018.ckpt"]


def test_the_values_along_a_filmed_episode_are_written(tmp_path: Path):
    schedule = {**SCHEDULE, "record_every": 2, "record_eval": 0}
    trainer = trainer_of(tmp_path, make_config({"schedule": schedule}))
    for number in range(3):
        trainer.receive(make_episode(number))
        q = trainer.learner.values(make_episode(number))
        work(trainer)
    first, second = kinds(trainer.folder, "values")
    assert (first["episode"], first["q"], first["reward"]) == (0, None, [-1.0] * 3), "nothing is trained yet"
    assert (second["episode"], second["gradient_step"]) == (2, 6)
    assert second["q"] == pytest.approx(q.tolist()), "by the critics before they were trained on it"
    assert len(second["stamps_s"]) == 4


@pytest.mark.parametrize("mode", ["alternating", "async"])
@settings(max_examples=15)
@given(moves=st.lists(st.booleans(), max_size=40))
def test_gradient_steps_never_exceed_what_the_decisions_allow(
    tmp_path_factory: pytest.TempPathFactory, mode: str, moves: list[bool]
):
    config = make_config({"schedule": {**SCHEDULE, "start_episodes": 0}, "mode": mode})
    trainer, number = trainer_of(tmp_path_factory.mktemp("bound") / "run", config), 0
    for receive in moves:
        if receive:
            trainer.receive(make_episode(number))
            number += 1
        else:
            trainer.work()
        assert trainer.learner.gradient_steps <= config.preset.sac.utd * trainer.learner.transitions
        between = not trainer.learner.gradient_steps_due
        assert trainer.publishable == (between and (mode == "async" or not trainer.busy))
    work(trainer)
    assert trainer.learner.gradient_steps == config.preset.sac.utd * 3 * number


def test_the_parameters_of_the_best_selection_are_kept(tmp_path: Path):
    trainer = trainer_of(tmp_path, SELECTING)
    number, params = select_at(trainer, 2, 0, [True, True])
    trainer.receive(make_episode(number))
    work(trainer)
    assert trainer.actor_params(6).data == params.data
    assert trainer.actor_params().version == 12
    number, _ = select_at(trainer, 4, number + 1, [False, True])
    trainer.receive(evaluation(number, "final", version=18))
    assert trainer.wanted_version() == 6
    assert trainer.actor_params(trainer.wanted_version()).data == params.data
    names = sorted(path.name for path in trainer.folder.checkpoints.iterdir())
    assert names == ["best_000000006.ckpt", "best_000000006.params"]
    best = Learner(SELECTING)
    checkpoint.load(best, trainer.folder.checkpoints / names[0])
    assert best.actor_params().data == params.data


def select_at(trainer: Trainer, episodes: int, number: int, outcomes: list[bool]) -> tuple[int, ActorParams]:
    """Train until so many episodes, then play a select group; next free number, and the parameters then."""
    while trainer.learner.budget.episodes < episodes:
        trainer.receive(make_episode(number))
        work(trainer)
        number += 1
    params = trainer.actor_params()
    for index, success in enumerate(outcomes):
        trainer.receive(evaluation(number, f"select_{episodes}", index, success, params.version))
        number += 1
    return number, params


@pytest.mark.parametrize("saved", [True, False])
def test_a_kill_before_the_best_parameters_were_kept_is_made_up_for(tmp_path: Path, saved: bool):
    trainer = trainer_of(tmp_path, SELECTING)
    number, params = select_at(trainer, 2, 0, [True, True])
    if saved:
        trainer.save()
    (trainer.folder.checkpoints / "best_000000006.params").unlink()
    again = trainer_of(tmp_path, SELECTING)
    again.receive(make_episode(number))
    work(again)
    assert again.learner.gradient_steps == 12
    assert again.actor_params(6).data == params.data


def test_chosen_parameters_that_are_gone_are_named(tmp_path: Path):
    with pytest.raises(CheckpointError, match=r"best_000000006\.params is missing"):
        trainer_of(tmp_path).actor_params(6)


def test_notes_go_into_the_metrics(tmp_path: Path):
    trainer = trainer_of(tmp_path)
    trainer.note("episode_dropped", "camera lost", group="train")
    trainer.close()
    (line,) = kinds(trainer.folder, "event")
    assert (line["what"], line["reason"], line["group"]) == ("episode_dropped", "camera lost", "train")


def test_an_earlier_run_is_demonstrated_to_a_later_one(tmp_path: Path):
    earlier = trainer_of(tmp_path / "earlier")
    for number in range(10, 13):
        earlier.receive(make_episode(number, dropped_before=10))
    replay = {"demonstrations": str(earlier.folder.bag.parent), "demonstration_ratio": 0.5}
    shown = make_config({"schedule": SCHEDULE, "checkpoint_every": 2, "replay": replay})
    digests = []
    for config, name in ((shown, "shown"), (shown, "stopped"), (CONFIG, "alone")):
        trainer = trainer_of(tmp_path / name, config)
        for number in range(3):
            trainer.receive(make_episode(number))
        while name == "stopped" and trainer.learner.gradient_steps < 8:
            trainer.work()
        if name == "stopped":
            trainer.save()
            trainer = trainer_of(tmp_path / name, config)
        work(trainer)
        digests.append(trainer.learner.params_sha256())
    assert digests[0] == digests[1] != digests[2]
