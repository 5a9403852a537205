"""Every process stopped for 1 to 20 s and continued, at random moments: `pytest -m long test/field`.

The seed is printed; DSRL_CAMPAIGN_SEED=seed repeats the choices, and the moments as far as the machine does.
"""

import signal
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import pytest
from disturbances import TRAINING, DisturbedRun, assert_honest, campaign_seed, processes_of
from graphs import QUICK, GraphRun

pytestmark = pytest.mark.long
SEED = campaign_seed()
SHORTEST_S, LONGEST_S = 1.0, 20.0
STOPS = 2  # in each of the runs


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = GraphRun(tmp_path_factory.mktemp("reference") / "run", f"--episodes={TRAINING}", *QUICK, command="train")
    code, output = run.finish()
    assert code == 0, output
    return run.summary()


@pytest.mark.parametrize("name", processes_of("alternating"))
@pytest.mark.parametrize("number", [0, 1])
def test_stops(tmp_path: Path, reference: dict[str, Any], name: str, number: int) -> None:
    print(f"DSRL_CAMPAIGN_SEED={SEED}")
    random = Random(f"{SEED} {name} {number}")
    run = DisturbedRun(tmp_path / "run", "alternating", random)
    for _ in range(STOPS):
        run.moment()
        pause_s = random.uniform(SHORTEST_S, LONGEST_S)
        if not stopped_for(run, name, pause_s) and not run.complete:
            code = run.ended()
            assert code in (0, 1), run.output
            if code:
                run.resume()
        if run.complete:
            break
    summary = run.finish()
    assert_honest(summary, reference)
    assert summary["learner_restarts"] == 0


def stopped_for(run: DisturbedRun, name: str, pause_s: float) -> bool:
    """Stop a process and let it go on; whether the run was there to the end of that."""
    print(f"  {name} for {pause_s:.1f} s")
    if not run.send(name, signal.SIGSTOP):
        return False
    pid, until = run.pid(name), monotonic() + pause_s
    try:
        while monotonic() < until and run.run.process.poll() is None:
            sleep(0.05)
    finally:
        goes_on = pid is not None and run.send(name, signal.SIGCONT)
    return goes_on
