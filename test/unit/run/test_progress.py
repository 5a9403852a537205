"""The progress of a run, how each part of it begins and ends, and the time that training took."""

from pathlib import Path

import pytest
from builders import make_config, make_episode

from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import JsonlSink, episode_line, event_line, gradient_line, read_metrics
from dsrl_core.run.progress import RunProgress, note_death, train_wall_s
from dsrl_core.run.summary import read_summary
from dsrl_core.schedule.progress import GroupProgress
from dsrl_core.training.session import Session
from dsrl_core.types import Purpose

CONFIG = make_config({"schedule": {"episodes": 2, "start_episodes": 1, "eval_episodes": 0}})


def folder_of(path: Path, *lines: dict) -> RunFolder:
    folder = open_run(CONFIG, path).folder
    sink = JsonlSink(folder.metrics)
    for line in lines:
        sink.write(line)
    sink.close()
    return folder


def test_episodes_are_counted_by_robot_and_by_group(tmp_path: Path):
    progress = RunProgress(folder_of(tmp_path))
    progress.count(make_episode(0, success=True))
    progress.count(make_episode(1, robot="robot1", dropped_before=2))
    progress.count(make_episode(3, n=2, purpose=Purpose.EVAL, group="final"))
    assert progress.by_robot["robot0"]["train"] == GroupProgress(1, 1, 3, 0, 1)
    assert progress.by_robot["robot1"]["train"] == GroupProgress(1, 0, 3, 0, 2)
    assert (progress.last_episode, progress.last_train_episode) == (
        {"robot0": 3, "robot1": 1},
        {"robot0": 0, "robot1": 1},
    )
    assert progress.dropped == {"robot0": 0, "robot1": 2}
    assert (progress.tallies["train"].episodes, progress.tallies["train"].env_steps) == (2, 24)
    assert progress.outcomes == [("train", True), ("train", False), ("final", False)]
    assert progress.transitions == 6, "of training alone"
    assert progress.env_steps == {"robot0": 20, "robot1": 12}, "of all"


EPISODE = episode_line(make_episode(0), 40.0, 3)


@pytest.mark.parametrize(
    ("lines", "opening", "resumed", "restarts"),
    [
        ([], None, False, 0),
        ([EPISODE], "learner_restarted", False, 1),
        ([EPISODE, event_line("stopped", 50.0)], "resumed", True, 0),
        ([EPISODE, event_line("stopped", 50.0), event_line("resumed", 50.0)], "resumed", True, 0),
        ([EPISODE, event_line("stopped", 50.0), event_line("resumed", 50.0), EPISODE], "learner_restarted", True, 1),
        ([EPISODE, event_line("finishing", 50.0)], "resumed", True, 0),
        ([event_line("learner_died", 0.0)], "learner_restarted", False, 1),
        ([event_line("learner_died", 0.0)] * 3, "learner_restarted", False, 3),
        ([EPISODE, event_line("finishing", 50.0), event_line("learner_died", 50.0)], "learner_restarted", False, 1),
        ([event_line("learner_restarted", 1.0), EPISODE, event_line("stopped", 50.0)], "resumed", True, 1),
    ],
)
def test_how_a_part_begins_follows_from_how_the_last_one_ended(
    tmp_path: Path, lines: list[dict], opening: str | None, resumed: bool, restarts: int
):
    progress = RunProgress(folder_of(tmp_path, *lines))
    assert (progress.opening, progress.resumed, progress.restarts) == (opening, resumed, restarts)


def test_working_time_goes_on_where_it_ended(tmp_path: Path):
    assert RunProgress(folder_of(tmp_path / "new")).wall_s() < 40.0
    assert RunProgress(folder_of(tmp_path / "old", EPISODE)).wall_s() >= 40.0


def test_training_takes_from_its_first_decision_to_the_last_gradient_step(tmp_path: Path):
    base = episode_line(make_episode(0, purpose=Purpose.EVAL, group="base_iid"), 10.0, 0)
    lines = [base, EPISODE, gradient_line(6, {}, 70.0, 0, 1.0), event_line("stopped", 90.0)]
    assert train_wall_s(read_metrics(folder_of(tmp_path, *lines).metrics)) == 60.0
    assert train_wall_s([base, EPISODE]) is None


def test_a_run_that_is_stopped_and_taken_up_again_is_exact_and_says_so(tmp_path: Path):
    folder = folder_of(tmp_path)
    first = Session(CONFIG, folder)
    first.trainer.receive(make_episode(0))
    first.trainer.work()
    first.stop()
    second = Session(CONFIG, folder)
    second.trainer.receive(make_episode(1))
    while second.trainer.work():
        pass
    assert second.trainer.complete
    second.finish()
    summary = read_summary(folder.summary)
    assert summary is not None
    assert (summary["episodes"], summary["gradient_steps"]) == (2, 12)
    assert (summary["resumed"], summary["learner_restarts"], summary["exact"]) == (True, 0, True)
    assert summary["params_sha256"] == second.trainer.learner.params_sha256()
    assert (summary["base_success"], summary["final_success"]) == (None, None)
    assert folder.report.is_file()
    assert any(folder.bag_merged.iterdir())
    events = [(line["what"], line["reason"][:11]) for line in read_metrics(folder.metrics) if line["kind"] == "event"]
    assert events == [
        ("stopped", "interrupted"),
        ("resumed", "the run goe"),
        ("finishing", "everything "),
        ("stopped", "complete"),
    ]


def test_a_killed_run_counts_the_restart(tmp_path: Path):
    folder = folder_of(tmp_path)
    Session(CONFIG, folder).trainer.receive(make_episode(0))
    again = Session(CONFIG, folder)
    again.trainer.receive(make_episode(1))
    while again.trainer.work():
        pass
    again.finish()
    summary = read_summary(folder.summary)
    assert summary is not None
    assert (summary["exact"], summary["learner_restarts"], summary["episodes"]) == (True, 1, 2)


def test_each_death_counts_also_of_learners_that_never_wrote_a_line(tmp_path: Path):
    folder = folder_of(tmp_path)
    for reason in ("killed while it imported", "killed again"):
        note_death(folder, reason)
    session = Session(CONFIG, folder)
    session.trainer.receive(make_episode(0))
    assert session.trainer.progress.restarts == 2
    folder.metrics.write_bytes(folder.metrics.read_bytes() + b'{"kind": "gradi')  # killed in the middle of a line
    note_death(folder, "killed while it trained")
    third = Session(CONFIG, folder)
    assert third.trainer.progress.restarts == 3
    third.stop()
    assert Session(CONFIG, folder).trainer.progress.restarts == 3
    events = [line["what"] for line in read_metrics(folder.metrics) if line["kind"] == "event"]
    assert events == [
        *("learner_died", "learner_died", "learner_restarted"),
        *("learner_died", "learner_restarted", "stopped", "resumed"),
    ]


def test_an_end_that_comes_twice_is_written_once(tmp_path: Path):
    session = Session(CONFIG, folder_of(tmp_path))
    session.stop()
    session.stop()
    assert [line["what"] for line in read_metrics(RunFolder(tmp_path).metrics)] == ["stopped"]


def test_recorded_episodes_come_back_in_the_order_of_arrival(tmp_path: Path):
    """One without a line follows the one before it, and comes last where no later one of its robot has a line."""
    arrived = [("robot1", 0), ("robot0", 0), ("robot1", 1), ("robot1", 2), ("robot0", 2)]
    lines = [episode_line(make_episode(number, robot=robot), 1.0, 3) for robot, number in arrived]
    progress = RunProgress(folder_of(tmp_path, *lines))
    names = [f"robot{robot}_{number:06d}" for number in range(4) for robot in (0, 1)]
    ordered = [path.name for path in progress.in_order_of_arrival(tmp_path / name for name in names)]
    expected = [*arrived[:2], ("robot0", 1), *arrived[2:], ("robot0", 3), ("robot1", 3)]
    assert ordered == [f"{robot}_{number:06d}" for robot, number in expected]


def test_an_episode_follows_only_the_one_before_it(tmp_path: Path):
    progress = RunProgress(RunFolder(tmp_path))
    assert not progress.follows(make_episode(1)), "the first is missing"
    progress.count(make_episode(0))
    assert not progress.follows(make_episode(0)), "known"
    assert progress.follows(make_episode(3, dropped_before=2)), "those between were dropped"
    assert not progress.follows(make_episode(3, dropped_before=1)), "one of those between was not"
    assert progress.follows(make_episode(0, robot="robot1"))
