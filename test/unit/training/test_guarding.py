"""The guard in the trainer and the loop: what it keeps, what it goes back to, and that a restart changes nothing."""

from pathlib import Path

import jax
import numpy as np
import pytest
from builders import FakeEnvironment, acted, make_config, make_episode

from dsrl_core.acting.player import Player
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import CheckpointError
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner
from dsrl_core.record.digest import bag_sha256
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.guarding import NO_GAIN, RETURNED
from dsrl_core.training.loop import run
from dsrl_core.training.trainer import Trainer

GUARD = {"enabled": True, "portion": 3, "alarms": 1.0, "futile": 0.2, "worth": 0.0}
SCHEDULE = {
    "episodes": 6,
    "start_episodes": 2,
    "eval_episodes": 2,
    "baselines": [],
    "select_every": 2,
    "select_episodes": 6,
    "record_every": 0,
    "record_eval": 0,
    "guard": GUARD,
}
CONFIG = make_config({"schedule": SCHEDULE, "checkpoint_every": 1})
FIRST, SECOND = 6, 18  # gradient steps at the selections after 2 and 4 episodes: 3 decisions, 2 steps each
BACK = SECOND + 1


class Steering:
    """Plays what a trainer's schedule asks for: of each selection the first so many starts succeed."""

    def __init__(self, path: Path, wins: dict[str, int], config: RunConfig = CONFIG) -> None:
        self.path, self.wins, self.config = path, wins, config
        self.trainer = Trainer(config, open_run(config, path).folder)

    def until(self, group: str, index: int = 0) -> "Steering":
        """Play until that episode is next, or to the end."""
        while (planned := self._next()) is not None and (planned.group, planned.index) != (group, index):
            self._play(planned)
        return self

    def end(self) -> Trainer:
        self.until("none")
        assert self.trainer.complete
        assert not self.trainer.versions.reasons()
        return self.trainer

    def _next(self):
        while self.trainer.work():
            pass
        return self.trainer.planned("robot0")

    def _play(self, planned) -> None:
        number = self.trainer.progress.last_episode.get("robot0", -1) + 1
        facts = {
            "group": planned.group,
            "index": planned.index,
            "success": planned.index < self.wins.get(planned.group, 0),
        }
        acting = planned.source.value.startswith("actor")
        assert not acting or self.trainer.learner.gradient_steps >= planned.least_version
        version = self.trainer.learner.gradient_steps
        episode = acted(number, version, **facts) if acting else make_episode(number, **facts)
        self.trainer.receive(episode)


COLLAPSES = {"select_2": 6, "select_4": 0, "select_6": 6}


def events(folder: RunFolder, what: str) -> list[str]:
    return [line["reason"] for line in read_metrics(folder.metrics) if line.get("what") == what]


def leaves(learner: Learner) -> list[np.ndarray]:
    state = learner.state.replace(step=0)  # type: ignore[attr-defined]
    return [np.asarray(leaf) for leaf in jax.tree.leaves(state)]


def test_a_run_goes_back_to_networks_and_optimisers_of_its_best(tmp_path: Path):
    played = Steering(tmp_path, COLLAPSES).until("train", 2)
    best = leaves(played.trainer.learner)
    played.until("train", 4)
    trainer = played.trainer
    assert trainer.progress.tallies["select_4"].episodes == 3, "one portion shows it"
    assert (trainer.learner.gradient_steps, int(trainer.learner.state.step)) == (BACK, BACK)
    assert all(np.array_equal(*pair) for pair in zip(best, leaves(trainer.learner), strict=True))
    assert len(trainer.learner.replay) == 4 * 3, "the replay buffer stays"
    (told,) = events(trainer.folder, RETURNED)
    assert f"gradient step {SECOND} are not the best" in told
    assert f"those of gradient step {FIRST}, 6 of 6, as number {BACK}" in told


def test_training_goes_on_from_there_with_other_draws(tmp_path: Path):
    """The same parameters and the same two episodes more would otherwise be the same steps over again."""
    trainer = Steering(tmp_path, COLLAPSES).until("train", 5).trainer
    again = Learner(CONFIG)
    checkpoint.load(again, checkpoint.best_path_for(trainer.folder.checkpoints, FIRST))
    for number in range(5):
        again.replay.add(make_episode(number))
    for _ in range(6):
        again.step()
    assert trainer.learner.gradient_steps == BACK + 6
    assert trainer.learner.params_sha256() != again.params_sha256()


@pytest.mark.parametrize(("last", "final"), [(6, BACK + 12), (4, BACK + 12 + 1)])
def test_the_end_is_the_best(tmp_path: Path, last: int, final: int):
    trainer = Steering(tmp_path, {**COLLAPSES, "select_6": last}).end()
    assert trainer.progress.tallies["final"].params_versions == (final, final)
    assert "best" not in trainer.progress.tallies
    kept = Learner(CONFIG)
    version = BACK + 12 if last == 6 else FIRST
    checkpoint.load(kept, checkpoint.best_path_for(trainer.folder.checkpoints, version))
    assert kept.actor_params().data == trainer.actor_params().data


STOPS = [("select_2", 4), ("select_4", 2), ("train", 4), ("train", 5), ("final", 0)]


@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.parametrize("stop", STOPS)
def test_a_restart_anywhere_changes_nothing(tmp_path: Path, stop: tuple[str, int], saved: bool):
    wins = {**COLLAPSES, "select_6": 4}
    whole = Steering(tmp_path / "whole", wins).end()
    first = Steering(tmp_path / "again", wins).until(*stop)
    if saved:
        first.trainer.save()
    first.trainer.close()
    again = Steering(tmp_path / "again", wins).end()
    assert bag_sha256(again.folder.bag) == bag_sha256(whole.folder.bag)
    assert again.learner.params_sha256() == whole.learner.params_sha256()
    assert again.learner.gradient_steps == whole.learner.gradient_steps


@pytest.mark.parametrize("work_done", [False, True])
def test_a_kill_between_the_verdict_and_the_return_is_made_up_for(tmp_path: Path, work_done: bool):
    whole = Steering(tmp_path / "whole", COLLAPSES).end()
    first = Steering(tmp_path / "again", COLLAPSES).until("select_4", 2)
    first._play(first._next())  # the verdict; nothing is done about it yet
    if work_done:
        assert first.trainer.work()
    first.trainer.close()
    again = Steering(tmp_path / "again", COLLAPSES)
    assert again.trainer.learner.gradient_steps == (BACK if work_done else SECOND)
    assert again.end().learner.params_sha256() == whole.learner.params_sha256()


def test_without_any_checkpoint_the_recorded_episodes_lead_to_the_same_end(tmp_path: Path):
    wins = {"select_2": 4, "select_4": 0, "select_6": 6}
    first = Steering(tmp_path, wins).end()
    digest = first.learner.params_sha256()
    first.close()
    for path in first.folder.checkpoints.glob("learner_*.ckpt"):
        path.unlink()
    assert Steering(tmp_path, wins).end().learner.params_sha256() == digest


def test_a_best_checkpoint_that_is_gone_is_named_with_what_to_do(tmp_path: Path):
    played = Steering(tmp_path, COLLAPSES).until("select_4", 2)
    path = checkpoint.best_path_for(played.trainer.folder.checkpoints, FIRST)
    path.rename(tmp_path / "aside")
    with pytest.raises(CheckpointError, match=r"best_000000006\.ckpt cannot be read.*move all of .*checkpoints away"):
        played.until("train", 4)
    played.trainer.close()
    (tmp_path / "aside").rename(path)
    assert Steering(tmp_path, COLLAPSES).end()


def test_a_person_is_told_once_that_more_is_not_worth_it(tmp_path: Path):
    config = make_config({"schedule": {**SCHEDULE, "guard": {**GUARD, "worth": 0.5}}})
    trainer = Steering(tmp_path, {"select_2": 6, "select_4": 6, "select_6": 6}, config).end()
    (told,) = events(trainer.folder, NO_GAIN)
    assert "no gain since training episode 2: 1 more selections, none better than 6 of 6" in told
    assert "stop the run here?" in told


def test_the_loop_plays_what_the_guard_asks_for_and_an_interruption_changes_nothing(tmp_path: Path):
    """On the fake environment every episode fails: at the end the run keeps the latest of equals."""

    class Stop(Exception):
        pass

    def stop_before_the_end(trainer: Trainer) -> None:
        if "select_4" in trainer.progress.tallies:
            raise Stop

    def played(path: Path) -> tuple[Player, Trainer]:
        folder = open_run(CONFIG, path).folder
        return Player(CONFIG, FakeEnvironment(), folder.videos), Trainer(CONFIG, folder)

    player, whole = played(tmp_path / "whole")
    run(player, whole)
    player, first = played(tmp_path / "again")
    with pytest.raises(Stop):
        run(player, first, stop_before_the_end)
    first.close()
    player, again = played(tmp_path / "again")
    run(player, again)
    assert again.learner.params_sha256() == whole.learner.params_sha256()
    assert bag_sha256(again.folder.bag) == bag_sha256(whole.folder.bag)
