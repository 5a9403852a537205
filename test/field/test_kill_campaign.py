"""100 kills over all processes at random moments, also two at once, in every mode: `pytest -m long test/field`.

The seed is printed; DSRL_CAMPAIGN_SEED=seed repeats the choices, and the moments as far as the machine does.
"""

import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from disturbances import (
    KINDS,
    RESTARTS,
    SUPERVISOR,
    SURVIVED,
    TRAINING,
    DisturbedRun,
    assert_honest,
    campaign_seed,
    shuffled,
)
from graphs import QUICK, GraphRun

pytestmark = pytest.mark.long
SEED = campaign_seed()
KILLS = 5  # in each of the runs
RUNS = [("alternating", number) for number in range(10)]
RUNS += [(kind, number) for kind in ("async", "two robots") for number in range(5)]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """The summary of an undisturbed run of a kind, in one process."""

    @cache
    def undisturbed(kind: str) -> dict[str, Any]:
        out, settings = tmp_path_factory.mktemp("reference") / "run", (*QUICK, *KINDS[kind])
        run = GraphRun(out, f"--episodes={TRAINING}", *settings, command="train")
        code, output = run.finish()
        assert code == 0, output
        return run.summary()

    return undisturbed


@pytest.mark.parametrize(("kind", "number"), RUNS)
def test_kills(tmp_path: Path, reference: Callable[[str], dict[str, Any]], kind: str, number: int) -> None:
    print(f"DSRL_CAMPAIGN_SEED={SEED}")
    random = Random(f"{SEED} {kind} {number}")
    run, names = DisturbedRun(tmp_path / "run", kind, random), shuffled(kind, random)
    deaths = 0
    while len(run.disturbed) < KILLS and not run.complete:
        run.moment()
        together = [next(names) for _ in range(random.choice((1, 1, 1, 2)))]
        begun = bool(run.run.settled())
        killed = [name for name in together if run.send(name, signal.SIGKILL)]
        if not killed:
            run.ended()
        elif any(fatal(run, name) for name in killed):
            end_and_resume(run, killed)
        else:
            deaths += killed.count("learner")
            if not begun and not goes_on(run):
                end_and_resume(run, killed)
    summary = run.finish()
    assert_honest(summary, reference(kind))
    assert summary["learner_restarts"] >= deaths


def fatal(run: DisturbedRun, name: str) -> bool:
    """Whether the run must end when this process is killed, counting the kill."""
    role = name.rpartition("/")[2]
    if role not in SURVIVED:
        return True
    run.strikes[name] = run.strikes.get(name, 0) + 1
    return run.strikes[name] > RESTARTS


def goes_on(run: DisturbedRun) -> bool:
    """Whether the run goes on, after the kill of a process that had hardly started."""
    goal = run.run.settled() + 1
    return run.run.wait_for_end_or(lambda: run.run.settled() >= goal)


def end_and_resume(run: DisturbedRun, killed: list[str]) -> None:
    code = run.ended()
    if SUPERVISOR in killed:
        assert code == -signal.SIGKILL
    else:
        assert code in (0, 1), "complete before it was noticed, or failed"
        assert code == 0 or "was killed by SIGKILL" in run.output or "failed" in run.output, run.output
    if not run.complete:
        run.resume()
