"""ctrl-C, SIGTERM and SIGHUP: to a command that begins, to one process of a run, to a run in a script's background."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
from graphs import HEARING, QUICK, GraphRun, disposing

pytestmark = pytest.mark.slow
SETTINGS = ("--episodes=8", *QUICK)
IN_BACKGROUND = disposing(ignore="INT")


@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.4, 0.8, 1.5])
@pytest.mark.parametrize("command", ["up", "train"])
def test_at_any_moment_of_its_start_a_command_ends_with_one_line(tmp_path: Path, command: str, after_s: float) -> None:
    module = ["-m", "dsrl_core.app", command, "reach", "--out", str(tmp_path / "run")]
    with blocked(signal.SIGINT):  # as the script `dsrl` starts Python; inherited, so from the first instruction on
        process = subprocess.Popen(
            [*HEARING, sys.executable, "-P", *module], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    sleep(after_s)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    said = [line for line in output.splitlines() if line and not line.startswith("run ")]
    assert process.returncode == 130, output
    assert len(said) <= 1, output
    assert "Traceback" not in output


@contextmanager
def blocked(number: signal.Signals) -> Iterator[None]:
    """Processes that are started within the block keep the signal waiting until they unblock it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def interrupted(run: GraphRun) -> None:
    """It ended in order; a learner that has no second of this machine to save in may have been killed."""
    code, output = run.finish()
    assert code == 130, output + run.logs()
    assert f"to go on, give the same command with --out {run.folder.path}" in output
    assert not run.left_over()


def settled_more(run: GraphRun, more: int) -> None:
    goal = run.settled() + more
    run.wait_until(lambda: run.settled() >= goal, f"{goal} settled episodes")


def test_whoever_is_asked_to_end_the_run_is_saved_and_goes_on_to_the_same_end(tmp_path: Path) -> None:
    """Started in a script's background, where the shell lets every process ignore ctrl-C."""
    for who, number in (("supervisor", signal.SIGTERM), ("learner", signal.SIGINT)):
        run = GraphRun(tmp_path / "run", *SETTINGS, prefix=IN_BACKGROUND)
        settled_more(run, 1)
        pid = run.process.pid if who == "supervisor" else run.processes()[who]
        os.kill(pid, number)
        interrupted(run)
        if who == "learner":
            assert run.lines()[-1].get("what") == "stopped", run.logs()
    run = GraphRun(tmp_path / "run", *SETTINGS, prefix=IN_BACKGROUND)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    whole = GraphRun(tmp_path / "whole", *SETTINGS, command="train")
    assert whole.finish()[0] == 0
    for key in ("transitions_sha256", "params_sha256", "exact"):
        assert run.summary()[key] == whole.summary()[key], key


def test_no_run_begins_beside_a_process_of_one_whose_supervisor_was_killed(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", *SETTINGS)
    settled_more(run, 3)
    learner = run.processes()["learner"]
    os.kill(learner, signal.SIGSTOP)
    try:
        run.process.kill()
        run.finish()
        code, output = GraphRun(tmp_path / "run", *SETTINGS).finish()
    finally:
        os.kill(learner, signal.SIGKILL)
    assert code == 2
    assert f"{learner} (stopped); end it: kill -KILL {learner}" in output
    again = GraphRun(tmp_path / "run", *SETTINGS)
    code, output = again.finish()
    assert code == 0, output + again.logs()
    assert again.summary()["episodes"] == 8
    assert not run.left_over()
