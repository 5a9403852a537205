"""What a node says on `/diagnostics`: tasks, standing complaints, and when something is stale."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import make_config
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from dsrl_core.errors import PolicyError
from dsrl_ros.interface import reports
from dsrl_ros.interface.diagnostics import DiagnosticUpdater, Report, Source
from dsrl_ros.interface.notices import Notice, notices_of
from dsrl_ros.msg import Decision, ExecutorStatus, LearnerStatus

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
STALE = DiagnosticStatus.STALE


class Published(list[DiagnosticArray]):
    def publish(self, message: DiagnosticArray) -> None:
        self.append(message)


class Clock:
    now_s = 10.0

    def __call__(self) -> float:
        return self.now_s


def updater(published: Published, clock: Clock) -> DiagnosticUpdater:
    return DiagnosticUpdater(published, Source("run", "robot0", "camera_front"), lambda: Time(sec=7), clock)


def statuses(message: DiagnosticArray) -> dict[str, DiagnosticStatus]:
    return {status.name: status for status in message.status}


def values(status: DiagnosticStatus | Report) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def test_every_task_is_reported_once_a_second_with_the_same_keys() -> None:
    published, clock, counts = Published(), Clock(), iter((1, 2.5))
    diagnostics = updater(published, clock)
    diagnostics.update()
    assert not published, "nothing to say"
    diagnostics.add("images", lambda: Report(message="20 Hz", values={"taken": next(counts)}))
    for elapsed_s in (0.0, 0.5, 0.5):
        clock.now_s += elapsed_s
        diagnostics.update()
    first, second = (statuses(message)["robot0/camera_front: images"] for message in published)
    assert (first.level, first.message, first.hardware_id) == (OK, "20 Hz", "robot0")
    assert (values(first), values(second)) == ({"run_id": "run", "taken": "1"}, {"run_id": "run", "taken": "2.500"})
    assert published[0].header.stamp.sec == 7


def test_a_complaint_is_news_at_once_and_then_stands_in_every_message_until_it_is_over() -> None:
    published, clock = Published(), Clock()
    diagnostics = updater(published, clock)
    diagnostics.notify("encoding", "16 bits are cut")
    assert notices_of(published[0], "run") == [Notice("robot0", "camera_front", "encoding", "16 bits are cut")]
    diagnostics.update()
    assert notices_of(published[1], "run") == [], "what is repeated is no news"
    standing = statuses(published[1])["robot0/camera_front: encoding"]
    assert (standing.level, standing.message) == (WARN, "16 bits are cut")
    diagnostics.notify("encoding", "")
    clock.now_s += 1.0
    diagnostics.update()
    over = statuses(published[-1])["robot0/camera_front: encoding"]
    assert (over.level, over.message, values(over)) == (OK, "", values(standing))


@pytest.mark.parametrize(("level", "shown"), [(OK, WARN), (ERROR, ERROR), (STALE, STALE)])
def test_a_complaint_about_a_task_is_told_in_its_status(level: bytes, shown: bytes) -> None:
    published = Published()
    diagnostics = updater(published, Clock())
    diagnostics.add("images", lambda: Report(level, "20 Hz", {"taken": 3}))
    diagnostics.add("room", lambda: Report(OK, "much"), part="disk")
    diagnostics.notify("images", "an image is 900 ms old")
    diagnostics.update()
    (task, disk) = published[1].status
    assert (task.level, task.message) == (shown, "an image is 900 ms old")
    assert values(published[0].status[0]) == values(task)
    assert (disk.name, disk.level) == ("robot0/disk: room", OK)


@pytest.mark.parametrize(("lockstep", "level"), [(True, OK), (False, STALE)])
def test_a_silent_stream_is_stale_unless_the_robot_waits_for_the_learner(lockstep: bool, level: bytes) -> None:
    clock = Clock()
    stream = reports.StreamReport("cameras/front/image_raw", lockstep, clock)
    assert (stream().level, stream().message) == (STALE, "nothing has come on cameras/front/image_raw yet")
    for _ in range(20):
        clock.now_s += 0.05
        stream.add()
    flowing = stream()
    assert (flowing.level, flowing.message) == (OK, "20.0 Hz")
    assert flowing.values["taken"] == 20
    clock.now_s += 6.0
    silent = stream()
    assert (silent.level, silent.values["rate_hz"]) == (level, 0.0)
    assert silent.values["silent_s"] == pytest.approx(6.0)
    assert set(silent.values) == set(flowing.values)


def decision(total_ms: float) -> Decision:
    return Decision(observe_ms=1.0, actor_ms=2.0, policy_ms=total_ms - 3.0, total_ms=total_ms)


def test_hops_are_percentiles_over_the_last_decisions() -> None:
    report = reports.DecisionReport()
    assert (report().level, report().message) == (STALE, "no decision yet")
    keys = set(report().values)
    for total in range(5, 106):
        report.add(decision(float(total)))
    told = report()
    assert (told.level, told.message) == (OK, "median 55.0 ms over 101 decisions")
    assert (told.values["total_p50_ms"], told.values["total_p99_ms"]) == (55.0, 104.0)
    assert (told.values["policy_p50_ms"], told.values["actor_p50_ms"]) == (52.0, 2.0)
    assert report.policy_ms == (52.0, 101.0)
    assert set(told.values) == keys
    for _ in range(200):
        report.add(decision(4.0))
    assert report().values["total_p99_ms"] == 4.0, "old ones are forgotten"


def away() -> bool:
    raise PolicyError("the server was away for 60 s")


@pytest.mark.parametrize(
    ("ready", "level", "words"),
    [
        (lambda: True, OK, "ready"),
        (lambda: False, WARN, "its server is away; episodes wait for it"),
        (away, ERROR, "the server was away for 60 s"),
    ],
)
def test_a_policy_server_that_is_away_is_a_warning_and_one_that_is_given_up_an_error(
    ready: Callable[[], bool], level: bytes, words: str
) -> None:
    report = reports.policy_report(make_config().platform, ready, (1.0, 2.0))
    assert (report.level, report.message) == (level, words)
    assert set(report.values) == {"kind", "endpoint", "p50_ms", "p99_ms"}


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (ExecutorStatus.IDLE, OK),
        (ExecutorStatus.WAITING, OK),
        (ExecutorStatus.HOLD, WARN),
        (ExecutorStatus.FAULT, ERROR),
    ],
)
def test_what_stops_the_executor_sets_its_level(state: int, level: bytes) -> None:
    report = reports.executor_report(ExecutorStatus(state=state, reason="why", waits_for="a person", holds=3))
    assert report.level == level
    assert report.message.endswith(": why; waits for: a person")
    assert report.values["holds"] == 3


def test_every_state_of_the_executor_has_its_name() -> None:
    for number, name in enumerate(reports.STATES):
        assert getattr(ExecutorStatus, name) == number
    assert reports.STATES[-1] == "RESETTING"


def test_a_learner_that_was_started_again_is_a_warning() -> None:
    assert reports.learner_report(LearnerStatus(state="training")).level == OK
    assert reports.learner_report(LearnerStatus(state="training", restarts=1)).level == WARN


@pytest.mark.parametrize(("free_mib", "level"), [(5000, OK), (900, WARN), (90, ERROR)])
def test_little_room_for_the_run_is_told_before_it_ends(
    free_mib: int, level: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage: Any = SimpleNamespace(free=free_mib * 2**20, total=10_000 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    report = reports.disk_report(tmp_path / "run")
    assert (report.level, "make room in" in report.message) == (level, level != OK)
    assert report.values["free_gib"] == free_mib / 1024


def test_a_disk_that_cannot_be_asked_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(place: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", gone)
    report = reports.disk_report(tmp_path)
    assert (report.level, report.message) == (ERROR, f"{tmp_path}: Input/output error")
