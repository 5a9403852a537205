"""The live page beside a run: it shows the run and its end, and one that hangs holds nothing up."""

import os
import re
import signal
import urllib.request
from pathlib import Path

import pytest
from graphs import QUICK, GraphRun

pytestmark = pytest.mark.slow


def page_of(run: GraphRun) -> int | None:
    """The process of the page, None before it is there."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if b"dsrl_ros.app.page" in command and os.fsencode(run.folder.path) in command:
            return int(entry.name)
    return None


def listens(run: GraphRun) -> bool:
    """Whether the page has looked on for a while: its view has heard the learner."""
    return page_of(run) is not None and run.settled() >= 2


def test_a_page_that_hangs_changes_nothing_of_the_run(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--view", "--episodes=6", *QUICK)
    run.wait_until(lambda: listens(run), "a page beside the run")
    page = page_of(run)
    assert page is not None
    os.kill(page, signal.SIGSTOP)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    assert page_of(run) is None, "it ends with the run"
    alone = GraphRun(tmp_path / "alone", "--episodes=6", *QUICK, command="train")
    assert alone.finish()[0] == 0
    for key in ("params_sha256", "transitions_sha256", "dropped_episodes", "exact"):
        assert run.summary()[key] == alone.summary()[key], key


def test_the_page_of_a_run_is_told_with_its_key_and_one_that_dies_is_told_too(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--view", "--episodes=400", *QUICK)
    assert run.process.stdout is not None
    told = next(line for line in run.process.stdout if "live view" in line)
    found = re.search(r"http://127\.0\.0\.1:\d+/\?key=\S{20,}", told)
    assert found
    with urllib.request.urlopen(found[0], timeout=120) as answer:
        assert b"<title>run</title>" in answer.read()
    page = page_of(run)
    assert page is not None
    os.kill(page, signal.SIGKILL)
    assert any("the page has ended" in line for line in run.process.stdout)
    before = run.settled()
    run.wait_until(lambda: run.settled() > before, "that the run goes on")
    run.process.send_signal(signal.SIGINT)
    assert run.finish()[0] == 130
