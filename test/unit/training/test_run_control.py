"""The services of a run without ROS: what they do, what they answer, and that no bit changes."""

import errno
import os
from pathlib import Path

import pytest
from builders import make_episode
from test_trainer import kinds, trainer_of, work

from dsrl_core.schedule.directives import Directives
from dsrl_core.storage import durable
from dsrl_core.training import run_control
from dsrl_core.training.run_control import Playing, RunControl
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import Purpose


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    return trainer_of(tmp_path / "run")


def rest(control: RunControl, episode: int = 0) -> None:
    """The robot's steering has heard what holds, and plays nothing."""
    control.heard("robot0", Playing(False, episode, 0, control.directives.given))


def test_a_pause_names_what_is_still_played_and_a_second_one_does_nothing(trainer: Trainer):
    control = RunControl(trainer)
    control.heard("robot0", Playing(True, 4, 0, 0))
    answer = control.pause()
    assert (answer.done, answer.text) == (
        True,
        "the run is paused after episode 4 of robot0; the service resume goes on",
    )
    assert control.directives == Directives(paused=True, given=1)
    again = control.pause()
    assert (again.done, again.text) == (False, "the run is paused already after episode 4 of robot0")
    rest(control)
    again = control.pause()
    assert (again.done, again.text) == (False, "the run is paused already; every robot is at rest")
    assert [line["what"] for line in kinds(trainer.folder, "event")] == ["paused"]


def test_what_is_not_paused_cannot_be_resumed_and_what_is_ending_neither(trainer: Trainer):
    control = RunControl(trainer)
    assert (control.resume().done, control.resume().text) == (False, "the run is not paused")
    assert control.pause().done
    assert control.resume().done
    assert control.directives == Directives(given=2)
    assert control.pause().done
    assert control.stop_after_episode().text == "the run ends now, and can be resumed"
    for refused in (control.pause(), control.resume(), control.stop_after_episode()):
        assert not refused.done
        assert "ending" in refused.text
    assert control.directives == Directives(paused=True, ending=True, given=4)


def test_a_run_ends_once_every_robot_is_at_rest_and_all_is_trained_on(trainer: Trainer):
    control = RunControl(trainer)
    rest(control)
    trainer.receive(make_episode(0))
    assert control.stop_after_episode().done
    assert not control.at_rest, "the robot has not heard of it yet: it may have begun another episode"
    control.heard("robot0", Playing(False, 1, 1, 1))
    assert not control.at_rest, "its last episode is on the way"
    control.heard("robot0", Playing(True, 1, 0, 1))
    assert not control.at_rest
    rest(control, 1)
    assert control.at_rest
    assert not control.ended, "an episode is not trained on yet"
    work(trainer)
    assert control.ended


def test_where_every_episode_is_played_there_is_nothing_to_hold(trainer: Trainer):
    evaluations = {"purpose": Purpose.EVAL, "noise_sources": ("zero",) * 3}
    trainer.receive(make_episode(0, group="base_repeated", **evaluations))
    for index in range(4):
        trainer.receive(make_episode(1 + index, index=index))
    trainer.receive(make_episode(5, group="final", index=0, **evaluations))
    control = RunControl(trainer)
    for refused in (control.pause(), control.stop_after_episode()):
        assert not refused.done
        assert "about to be complete" in refused.text
    assert control.save_checkpoint().done


def test_a_checkpoint_is_on_the_disk_with_the_answer_and_changes_no_bit(tmp_path: Path, trainer: Trainer):
    control, untouched = RunControl(trainer), trainer_of(tmp_path / "untouched")
    for number in range(4):
        for each in (trainer, untouched):
            each.receive(make_episode(number))
    paths = []
    while trainer.work():
        answer = control.save_checkpoint()
        assert answer.done
        assert Path(answer.text).is_file()
        paths.append(answer.text)
    assert len(set(paths)) > 4, "also in the middle of a block"
    work(untouched)
    assert trainer.learner.params_sha256() == untouched.learner.params_sha256()
    again = trainer_of(tmp_path / "run")
    assert again.learner.gradient_steps == trainer.learner.gradient_steps
    assert again.learner.params_sha256() == trainer.learner.params_sha256()


def test_on_a_full_disk_the_answer_says_so_and_the_run_goes_on(trainer: Trainer, monkeypatch: pytest.MonkeyPatch):
    control = RunControl(trainer)
    trainer.receive(make_episode(0))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(durable, "sync", full)
    answer = control.save_checkpoint()
    assert not answer.done
    assert "could not be written (No space left on device" in answer.text
    monkeypatch.setattr(os, "write", full)
    answer = control.pause()
    assert not answer.done
    assert answer.text.startswith("nothing is changed: ")
    assert control.directives == Directives()
    monkeypatch.undo()
    work(trainer)
    assert control.pause().done


def test_the_time_of_a_pause_is_no_working_time(trainer: Trainer, monkeypatch: pytest.MonkeyPatch):
    now = [1000.0]
    monkeypatch.setattr("dsrl_core.run.progress.monotonic", lambda: now[0])
    monkeypatch.setattr(run_control, "monotonic", lambda: now[0])
    control = RunControl(trainer)
    before = trainer.progress.wall_s()
    now[0] += 10.0  # an episode is played
    control.pause()
    now[0] += 5.0  # to its end
    rest(control)
    now[0] += 7.0
    control.worked()  # the learner's last step on it
    now[0] += 500.0
    control.resume()
    assert trainer.progress.wall_s() == pytest.approx(before + 22.0)
    assert max(line["wall_s"] for line in kinds(trainer.folder, "event")) < before + 100.0
    now[0] += 1.0
    control.pause()
    now[0] += 100.0  # an episode is played all the time
    control.resume()
    assert trainer.progress.wall_s() == pytest.approx(before + 123.0)
