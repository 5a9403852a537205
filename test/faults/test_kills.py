"""SIGKILL at random moments: what must go on goes on, what must end says so, nothing stays behind."""

import random
from pathlib import Path
from time import monotonic, sleep

import pytest
from graphs import QUICK, GraphRun

from dsrl_core.record.segment import read_segment, segments

pytestmark = pytest.mark.slow
MOMENTS = random.Random()  # real moments; each is printed, and each must do


def moment(longest_s: float = 0.5) -> None:
    """Wait for a random part of an episode."""
    pause = MOMENTS.uniform(0.0, longest_s)
    print(f"killed {pause:.3f} s later")
    sleep(pause)


@pytest.mark.parametrize("name", ["steering", "sim_bridge", "executor"])
def test_a_node_that_dies_ends_the_run(tmp_path: Path, name: str) -> None:
    run = GraphRun(tmp_path / "run", "--episodes=50", *QUICK)
    run.wait_until(lambda: run.settled() >= 3, "three settled episodes")
    moment()
    run.kill(name)
    killed_s = monotonic()
    code, output = run.finish(20)
    assert monotonic() - killed_s < 10
    assert code == 1
    assert f"{name} of /robot0 was killed by SIGKILL" in output
    assert not run.left_over()


def test_the_learner_dies_and_the_run_completes(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--episodes=16", *QUICK)
    for kills, settled in enumerate((3, 8, 12), start=1):
        run.wait_until(lambda: run.settled() >= settled, f"{settled} settled episodes")  # noqa: B023
        moment()
        run.kill("learner")
        events = sum(line.get("what") == "learner_restarted" for line in run.lines())
        run.wait_until(
            lambda: sum(line.get("what") == "learner_restarted" for line in run.lines()) > events,  # noqa: B023
            f"restart {kills} of the learner",
        )
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert summary["exact"] is True, summary["not_exact_because"]
    assert summary["learner_restarts"] == 3
    assert (summary["episodes"], summary["dropped_episodes"]) == (16, 0)
    assert_whole(run, training=16)
    assert not run.left_over()


def test_the_simulator_dies_and_is_started_again(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--episodes=30", *QUICK)
    for settled in (3, 10, 20):
        run.wait_until(lambda: run.settled() >= settled, f"{settled} settled episodes")  # noqa: B023
        moment()
        run.kill("simulator")
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert summary["episodes"] == 30
    assert 1 <= summary["dropped_episodes"] <= 3  # a kill between episodes may drop none
    assert_whole(run, training=30)
    assert not run.left_over()


def test_a_simulator_that_keeps_dying_ends_the_run(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", "--episodes=200", *QUICK)
    run.wait_until(lambda: run.settled() >= 2, "two settled episodes")
    for _ in range(4):
        pid = run.processes()["simulator"]
        run.kill("simulator")
        if not run.wait_for_end_or(lambda: run.processes().get("simulator", pid) != pid):  # noqa: B023
            break
    code, output = run.finish(30)
    assert code == 1
    assert "the simulator failed 4 times" in output
    assert not run.left_over()


def assert_whole(run: GraphRun, training: int) -> None:
    """No episode is lost or there twice: in the bag, and in the order in which they were trained on."""
    episodes = [read_segment(path) for path in segments(run.folder.bag)]
    numbers = [episode.episode for episode in episodes]
    assert numbers == sorted(set(numbers))
    indices = [episode.index for episode in episodes if episode.group == "train"]
    assert len(indices) == len(set(indices)) == training
    lines = [line["episode"] for line in run.lines() if line["kind"] == "episode"]
    assert lines == numbers
