"""Who is started again, and who is not."""

import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from dsrl_core.errors import DsrlError
from dsrl_ros.app.supervisor import Supervisor
from dsrl_ros.interface.exit_codes import FINAL, NO_DISK


@dataclass(frozen=True)
class Spec:
    code: int
    executable: str = "learner"
    name: str = "learner"
    namespace: str = "/run"
    restarts: int = 2
    label: str = "run.learner"

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
