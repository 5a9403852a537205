"""A disk that fills up ends the run once, with one message; once there is room, the run goes on to the same end."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from damaged_runs import SETTINGS, check_complete, finished_once, held, resume
from graphs import GraphRun

from dsrl_core.run.summary import read_summary
from dsrl_core.storage import durable

ROOMY = "64M"


@pytest.fixture(scope="module")
def undamaged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    summary = read_summary(finished_once(tmp_path_factory) / "summary.json")
    assert summary is not None
    return summary


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Disk"]:
    disk = Disk(tmp_path / "disk", monkeypatch)
    yield disk
    disk.unmount()


class Disk:
    """A file system in memory, whose size can be changed.

    Where this user may not mount one, a folder in which nothing can be flushed to the disk once it holds so much.
    """

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        path.mkdir()

    def mount(self, kib: int) -> None:
        command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "dsrl_test", str(self.path)]
        if os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        sync = durable.sync

        def sync_where_room(path: Path) -> None:
            if sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file()) > 1024 * kib:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            sync(path)

        self._monkeypatch.setattr(durable, "sync", sync_where_room)

    def grow(self) -> None:
        self._monkeypatch.undo()
        if self.path.is_mount():
            subprocess.run(["mount", "-o", f"remount,size={ROOMY}", str(self.path)], check=True)

    def unmount(self) -> None:
        self._monkeypatch.undo()
        if self.path.is_mount():
            subprocess.run(["umount", "-l", str(self.path)], check=True)


def fill_and_go_on(disk: Disk, kib: int, undamaged: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> str:
    """Run on a disk of this size, and again with room; returns the message of the first, empty where it had room."""
    disk.mount(kib)
    folder = disk.path / "run"
    full = resume(folder, capfd)
    if full.code == 0:
        disk.unmount()
        return ""
    told = [line for line in full.message.splitlines() if line.startswith("./dsrl train: ")]
    assert len(told) == 1, full.message
    assert str(folder) in told[0]
    assert "No space left on device; " in told[0]
    assert "MB are free there" in told[0]
    before = held(folder) if folder.exists() else {}
    disk.grow()
    resumed = resume(folder, capfd)
    assert resumed.code == 0, resumed.message
    check_complete(folder, resumed, undamaged)
    assert resumed.summary is not None
    assert resumed.summary["transitions_sha256"] == undamaged["transitions_sha256"]
    assert resumed.summary["params_sha256"] == undamaged["params_sha256"]
    after = held(folder)
    assert all(after[path] == data for path, data in before.items())
    disk.unmount()
    return f"{told[0]} (exact then: {resumed.summary['exact']})"


def test_a_full_disk_ends_the_run_once_and_it_goes_on_with_room(
    small_disk: Disk, undamaged: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    assert "could not be" in fill_and_go_on(small_disk, 104, undamaged, capfd)


@pytest.mark.long
@pytest.mark.parametrize("first", range(4, 700, 100))
def test_a_disk_of_any_size(
    small_disk: Disk, undamaged: dict[str, Any], capfd: pytest.CaptureFixture[str], first: int
) -> None:
    told = {kib: fill_and_go_on(small_disk, kib, undamaged, capfd) for kib in range(first, first + 100, 12)}
    with capfd.disabled():
        print("\n" + "\n".join(f"{kib} KiB: {message or 'had room'}" for kib, message in told.items()))


@pytest.mark.long
def test_a_full_disk_ends_the_graph_once(small_disk: Disk) -> None:
    small_disk.mount(110)
    if not small_disk.path.is_mount():
        pytest.skip("this user may not mount a file system")
    full = GraphRun(small_disk.path / "run", *SETTINGS)
    code, output = full.finish()
    assert code == 1, output
    assert "learner of /run ended because it could not write to the disk" in output
    assert f"give the same command with --out {full.folder.path}" in output
    assert "restart 1 of" not in output
    assert "Traceback" not in output + full.logs()
    assert not full.left_over()
    small_disk.grow()
    again = GraphRun(small_disk.path / "run", *SETTINGS)
    code, output = again.finish()
    assert code == 0, output + again.logs()
    assert again.summary()["learner_restarts"] <= 1
    assert again.summary()["exact"]
    print(output)
