"""ctrl-C is honoured at once and leaves a run that resumes; chunks with NaN never reach the robot."""

import signal
from pathlib import Path
from time import monotonic

import pytest
from graphs import QUICK, GraphRun
from test_kills import assert_whole, moment

pytestmark = pytest.mark.slow
HONOURED_S = 2.0
LOADED_S = 4.0  # what a machine with several times more work than cores may add; alone it takes about one second
TRAINING = 60  # enough that a fast machine is still training when the second interruption comes
EXACT = (f"--episodes={TRAINING}", *QUICK)


def interrupt(run: GraphRun) -> None:
    run.processes()
    run.process.send_signal(signal.SIGINT)
    started = monotonic()
    code, output = run.finish(20)
    took_s = monotonic() - started
    print(f"honoured after {took_s:.2f} s")
    assert took_s < HONOURED_S + LOADED_S
    assert code == 130, output
    assert "--out" in output  # says how to go on
    assert not run.left_over()


def interrupt_after(run: GraphRun, more: int) -> None:
    """At a random moment after so many further episodes: an interruption of what has only just begun is no test."""
    goal = run.settled() + more
    run.wait_until(lambda: run.settled() >= goal, f"{goal} settled episodes")
    moment(1.0)
    interrupt(run)


@pytest.mark.parametrize("command", ["up", "train"])
def test_an_interrupted_run_resumes_to_the_same_end(tmp_path: Path, command: str) -> None:
    whole = GraphRun(tmp_path / "whole", *EXACT, command="train")
    assert whole.finish()[0] == 0
    run = GraphRun(tmp_path / "parts", *EXACT, command=command)
    for more in (1, 6):
        interrupt_after(run, more)
        run = GraphRun(tmp_path / "parts", *EXACT, command=command)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert summary["resumed"] is True
    assert_whole(run, training=TRAINING)
    for key in ("transitions_sha256", "params_sha256"):
        assert summary[key] == whole.summary()[key], key


def test_nan_from_the_policy_is_dropped_counted_and_reported(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--episodes=4", *QUICK, "policy.kind=doubles.nan_policy")
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert summary["episodes"] == 4
    assert summary["dropped_episodes"] >= 1
    assert "NaN" in run.logs()
    assert_whole(run, training=4)


def test_a_setting_that_does_not_fit_is_refused_before_anything_starts(tmp_path: Path) -> None:
    for setting, words in {
        "policy.execute=11": ["policy.execute=11", "policy.horizon=10"],
        "sac.utdd=3": ["sac.utdd", "allowed", "utd"],
        "action.rate_hz=40": ["action.rate_hz", "40", "20"],
        "observation.cameras.side={topic: a, height: 64, width: 64}": ["side", "front"],
    }.items():
        run = GraphRun(tmp_path / "run", setting)
        code, output = run.finish()
        assert code == 2, output
        assert all(word in output for word in words), output
        assert "Traceback" not in output
        assert not list(run.folder.logs.glob("*"))
