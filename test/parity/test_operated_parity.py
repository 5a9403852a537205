"""Operator's episodes: loop = graph = replay to the last bit, with one robot and two, and after a kill on the way."""

from pathlib import Path
from typing import Any

import pytest
from graphs import GraphRun

pytestmark = pytest.mark.slow
KILLED = -9
SETTINGS = (
    "--seed=3",
    "--episodes=6",
    "operator.episodes=4",
    "operator.expert.noise=0.05",
    "operator.expert.takeovers=6",
    "clone.steps=60",
    "clone.fade_episodes=4",
    "schedule.start_episodes=2",
    "schedule.eval_episodes=2",
    "schedule.baselines=[repeated]",
    "schedule.select_every=0",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "schedule.first_steps=20",
    "sac.utd=5",
    "sac.batch_size=16",
    "checkpoint_every=2",
)
EQUAL = ("transitions_sha256", "params_sha256", "gradient_steps", "base_success", "final_success", "groups", "exact")


def summary_of(run: GraphRun) -> dict[str, Any]:
    code, output = run.finish()
    assert code == 0, output + run.logs()
    assert not run.left_over()
    return run.summary()


def check_equal(loop: dict[str, Any], graph: dict[str, Any]) -> None:
    for key in EQUAL:
        assert loop[key] == graph[key], key
    assert loop["exact"] is True
    assert (loop["operator_episodes"], loop["episodes"]) == (4, 6)
    assert loop["gradient_steps"] > 60 + 20


def wait_for(run: GraphRun, when: str) -> None:
    """For the middle of the operator's episodes, or its last one, which begins the cloning."""
    own = 2 if when == "playing" else 4
    run.wait_until(lambda: sum(x.get("source") == "operator" for x in run.lines()) >= own, f"{own} of its episodes")


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one robot in one process comes to."""
    return summary_of(GraphRun(tmp_path_factory.mktemp("loop") / "run", *SETTINGS, command="train"))


def test_loop_and_graph_are_equal(loop: dict[str, Any], tmp_path: Path) -> None:
    check_equal(loop, summary_of(GraphRun(tmp_path / "graph", *SETTINGS)))


@pytest.mark.parametrize("settings", [("sac.algorithm=na",), ("num_robots=2",)], ids=["na", "two_robots"])
def test_so_they_are_with_another_algorithm_and_with_two_robots(tmp_path: Path, settings: tuple[str, ...]) -> None:
    loop = summary_of(GraphRun(tmp_path / "loop", *SETTINGS, *settings, command="train"))
    graph = GraphRun(tmp_path / "graph", *SETTINGS, *settings)
    check_equal(loop, summary_of(graph))
    check_equal(loop, graph.replayed(tmp_path / "replay"))


@pytest.mark.parametrize("when", ["playing", "cloning"])
def test_a_loop_that_was_killed_goes_on_to_the_same_bits(loop: dict[str, Any], tmp_path: Path, when: str) -> None:
    first = GraphRun(tmp_path / "run", *SETTINGS, command="train")
    wait_for(first, when)
    first.process.kill()
    assert first.finish()[0] == KILLED
    resumed = summary_of(GraphRun(tmp_path / "run", *SETTINGS, command="train"))
    check_equal(loop, resumed)
    assert resumed["learner_restarts"] == 1


@pytest.mark.parametrize("when", ["playing", "cloning"])
def test_a_graph_whose_learner_was_killed_goes_on_to_the_same_bits(
    loop: dict[str, Any], tmp_path: Path, when: str
) -> None:
    run = GraphRun(tmp_path / "run", *SETTINGS)
    wait_for(run, when)
    run.kill("learner")
    summary = summary_of(run)
    check_equal(loop, summary)
    assert summary["learner_restarts"] == 1
