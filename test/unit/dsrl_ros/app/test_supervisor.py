"""Who is started again, and who is not."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from dsrl_core.errors import DsrlError
from dsrl_ros.app.supervisor import AskedToEnd, Supervisor
from dsrl_ros.interface.exit_codes import FINAL, INTERRUPTED, NO_DISK


@dataclass(frozen=True)
class Spec:
    code: int
    executable: str = "learner"
    name: str = "learner"
    namespace: str = "/run"
    restarts: int = 2
    label: str = "run.learner"
    robot_end: bool = False
    observer: bool = False

    def command(self) -> list[str]:
        return [sys.executable, "-c", f"import sys; print('my last words'); sys.exit({self.code})"]


def watch(code: int, folder: Path) -> tuple[list[str], bool]:
    supervisor = Supervisor([Spec(code)], folder, {})  # type: ignore[list-item]
    until = monotonic() + 30
    try:
        while not (complete := supervisor.poll()) and monotonic() < until:
            sleep(0.02)
        return supervisor.notices, complete
    except DsrlError as error:
        return [*supervisor.notices, str(error)], False
    finally:
        supervisor.stop()


def test_a_crash_is_followed_by_so_many_restarts(tmp_path: Path):
    notices, complete = watch(1, tmp_path)
    assert not complete
    assert [notice for notice in notices if "restart" in notice] == [
        "learner ended with exit code 1; restart 1 of 2",
        "learner ended with exit code 1; restart 2 of 2",
    ]
    assert "my last words" in notices[-1]


def test_an_error_that_would_come_again_ends_the_run_at_once(tmp_path: Path):
    notices, complete = watch(FINAL, tmp_path)
    assert not complete
    assert len(notices) == 1
    assert "my last words" in notices[0]


def test_a_full_disk_ends_the_run_at_once_with_the_free_space_and_what_to_do(tmp_path: Path):
    """Its own words may have found no room in the log."""
    (tmp_path / "logs").mkdir()
    (notice,), complete = watch(NO_DISK, tmp_path / "logs")
    assert not complete
    assert "learner of /run ended because it could not write to the disk; the run ends." in notice
    assert f"The disk of {tmp_path} has " in notice
    assert f"then give the same command with --out {tmp_path}. Its last words" in notice


def test_a_learner_that_ends_by_itself_completes_the_run(tmp_path: Path):
    assert watch(0, tmp_path) == ([], True)


@pytest.mark.parametrize("code", [0, 1, FINAL])
def test_nobody_is_left(tmp_path: Path, code: int):
    supervisor = Supervisor([Spec(code)], tmp_path, {})  # type: ignore[list-item]
    pid = supervisor.pids()["run.learner"]
    supervisor.stop()
    assert not Path(f"/proc/{pid}").exists()


def test_a_death_is_told_before_the_next_one_starts(tmp_path: Path):
    told: list[str] = []
    supervisor = Supervisor([Spec(1)], tmp_path, {}, told.append)  # type: ignore[list-item]
    wait_for(lambda: bool(supervisor.poll() or told))
    assert told == ["learner ended with exit code 1; restart 1 of 2"]
    supervisor.stop()


def test_the_run_goes_on_without_one_that_looks_on(tmp_path: Path):
    told: list[str] = []
    supervisor = Supervisor([Spec(1, name="foxglove", observer=True)], tmp_path, {}, told.append)  # type: ignore[list-item]
    wait_for(lambda: supervisor.poll() or len(supervisor.notices) == 3)
    assert not supervisor.poll(), "it is missed, and asked for no more"
    assert supervisor.notices == [
        "foxglove ended with exit code 1; restart 1 of 2",
        "foxglove ended with exit code 1; restart 2 of 2",
        f"foxglove ended with exit code 1; the run goes on without it. Its log: {tmp_path}/run.learner.log",
    ]
    assert told == [], "no event of the run"
    supervisor.stop()


def test_a_process_that_was_asked_to_end_ends_the_run(tmp_path: Path):
    supervisor = Supervisor([Spec(INTERRUPTED)], tmp_path, {})  # type: ignore[list-item]
    with pytest.raises(AskedToEnd, match="learner of /run was asked to end"):
        wait_for(supervisor.poll)
    supervisor.stop()


@dataclass(frozen=True)
class Saving(Spec):
    """A process that saves when it is asked to end."""

    code: int = 0

    def command(self) -> list[str]:
        save = f"import time\ntry:\n    {self.ready}\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('saved')"
        return [sys.executable, "-c", save]

    @property
    def ready(self) -> str:
        return "print('ready', flush=True)"


@pytest.mark.parametrize("how", ["ignored", "stopped"])
def test_a_process_is_asked_however_this_one_was_started_and_whether_it_is_stopped(tmp_path: Path, how: str):
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if how == "ignored" else None
    supervisor = Supervisor([Saving()], tmp_path, {})  # type: ignore[list-item]
    log = tmp_path / "run.learner.log"
    wait_for(lambda: "ready" in log.read_text())
    if how == "stopped":
        os.kill(supervisor.pids()["run.learner"], signal.SIGSTOP)
    supervisor.stop()
    if handler is not None:
        signal.signal(signal.SIGINT, handler)
    assert "saved" in log.read_text()


@dataclass(frozen=True)
class Ending(Spec):
    """A process that takes a while to end, and then says when it did."""

    takes_s: float = 0.0

    def command(self) -> list[str]:
        rest = f"time.sleep({self.takes_s}); print('ended', time.monotonic())"
        run = "print('ready', flush=True); time.sleep(60)"
        return [sys.executable, "-c", f"import time\ntry:\n    {run}\nexcept KeyboardInterrupt:\n    {rest}"]


def test_robot_ends_are_asked_once_the_executors_have_ended(tmp_path: Path):
    specs = [
        Ending(0, name="drivers", label="drivers", robot_end=True),
        Ending(0, name="executor", label="executor", takes_s=0.3),
        Ending(0, name="learner", label="learner", takes_s=0.6),
    ]
    supervisor = Supervisor(specs, tmp_path, {})  # type: ignore[arg-type]
    logs = {spec.label: tmp_path / f"{spec.label}.log" for spec in specs}
    wait_for(lambda: all("ready" in log.read_text() for log in logs.values()))
    supervisor.stop()
    ended = {label: float(log.read_text().split()[-1]) for label, log in logs.items()}
    assert ended["executor"] < ended["drivers"]


def wait_for(condition: Callable[[], bool]) -> None:
    until = monotonic() + 30
    while not condition():
        assert monotonic() < until
        sleep(0.02)
