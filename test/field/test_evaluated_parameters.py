"""A learner that falls silent, or dies, never changes which parameters an episode is played with."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from graphs import QUICK, GraphRun

pytestmark = pytest.mark.slow
EPISODES = 8
SETTINGS = (f"--episodes={EPISODES}", *QUICK)
SILENCE_S = 3.0  # longer than the learner's lease of liveliness
EQUAL = ("exact", "gradient_steps", "transitions_sha256", "params_sha256", "final_success")


def kill(run: GraphRun) -> None:
    run.kill("learner")


def stop(run: GraphRun) -> None:
    run.wait_until(lambda: "learner" in run.processes(), "the learner")
    learner = run.processes()["learner"]
    os.kill(learner, signal.SIGSTOP)
    try:
        sleep(SILENCE_S)
    finally:
        os.kill(learner, signal.SIGCONT)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = GraphRun(tmp_path_factory.mktemp("undisturbed") / "run", *SETTINGS, command="train")
    code, output = run.finish()
    assert code == 0, output
    return run.summary()


@pytest.mark.parametrize("disturb", [stop, kill])
def test_the_run_ends_as_if_nothing_had_been(
    tmp_path: Path, undisturbed: dict[str, Any], disturb: Callable[[GraphRun], None]
) -> None:
    """Once while it trains, and once as the last training episode settles, before the actor is evaluated."""
    run = GraphRun(tmp_path / "run", *SETTINGS)
    for training in (4, EPISODES):
        run.wait_until(lambda: trained(run) >= training, f"training episode {training}")  # noqa: B023
        disturb(run)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert {key: summary[key] for key in EQUAL} == {key: undisturbed[key] for key in EQUAL}, run.logs()
    assert summary["groups"]["final"]["params_versions"] == [summary["gradient_steps"]] * 2
    assert summary["learner_restarts"] == (2 if disturb is kill else 0)


def trained(run: GraphRun) -> int:
    return sum(line["kind"] == "episode" and line["group"] == "train" for line in run.lines())
