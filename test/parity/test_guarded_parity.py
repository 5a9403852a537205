"""A run that goes back to its best parameters: loop = graph = replay, also after a stop, to the last bit."""

import signal
from pathlib import Path

import pytest
from graphs import GraphRun

from dsrl_core.training.guarding import RETURNED

pytestmark = pytest.mark.slow
INTERRUPTED = 130
SETTINGS = (
    "--seed=5",
    "--episodes=9",
    "schedule.start_episodes=3",
    "schedule.eval_episodes=2",
    "schedule.baselines=[]",
    "schedule.select_every=3",
    "schedule.select_episodes=6",
    "schedule.guard.enabled=true",
    "schedule.guard.portion=6",
    "schedule.guard.alarms=1",
    "schedule.guard.futile=0.3",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.utd=10",
    "sac.actor_lr=0.01",
    "schedule.first_steps=20",
)


def returns(run: GraphRun) -> list[str]:
    return [line["reason"] for line in run.lines() if line.get("what") == RETURNED]


def test_going_back_is_the_same_in_loop_and_graph_also_after_a_stop(tmp_path: Path) -> None:
    loop = GraphRun(tmp_path / "loop", *SETTINGS, command="train")
    assert loop.finish()[0] == 0
    graph = GraphRun(tmp_path / "graph", *SETTINGS)
    graph.wait_until(lambda: bool(returns(graph)), "a return to the best parameters")
    graph.process.send_signal(signal.SIGINT)
    assert graph.finish()[0] == INTERRUPTED
    resumed = GraphRun(tmp_path / "graph", *SETTINGS)
    code, output = resumed.finish()
    assert code == 0, output + resumed.logs()
    assert not resumed.left_over()
    facts, expected, replayed = resumed.summary(), loop.summary(), resumed.replayed(tmp_path / "replay")
    for key in ("transitions_sha256", "params_sha256", "gradient_steps", "groups", "guard", "exact"):
        assert facts[key] == expected[key] == replayed[key], key
    assert expected["exact"] is True
    assert expected["guard"]["returns"][0]["after"] < 9, "one of them is not at the end"
