"""The page as a process beside a run: told once when it ends by itself, ended when the run does."""

import os
import signal
from pathlib import Path
from time import monotonic, sleep

from dsrl_core.run.folder import RunFolder
from dsrl_ros.app.page_beside import PageBeside

PATIENCE_S = 120.0


def told(page: PageBeside, part: str) -> str:
    """The first line with `part`."""
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        for line in page.poll():
            if part in line:
                return line
        sleep(0.05)
    raise AssertionError(f"never told: {part}")


def test_a_page_that_cannot_begin_is_told_once_with_its_own_words(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.logs.mkdir()
    page = PageBeside(folder, [], {})
    line = told(page, "the page has ended")
    assert "is no run: there is no config.yaml in it" in line
    assert f"./dsrl view {tmp_path}" in line
    assert page.poll() == []
    page.ask_to_end()
    page.close()


def test_a_page_is_ended_with_its_run_even_where_it_hangs(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.logs.mkdir(parents=True)
    for stopped in (False, True):
        page = PageBeside(folder, [], {})
        if stopped:
            os.kill(page.pid, signal.SIGSTOP)
        page.ask_to_end()
        page.close()
        assert not Path(f"/proc/{page.pid}").exists()
