"""What breaks one of two robots costs that robot an episode; a learner that dies goes on with both."""

from pathlib import Path

import pytest
from graphs import QUICK, GraphRun

from dsrl_core.record.segment import read_segment, segments

pytestmark = pytest.mark.slow
TWO = ("--episodes=16", *QUICK, "num_robots=2")


def test_a_simulator_and_the_learner_die_and_two_robots_complete(tmp_path: Path) -> None:
    run = GraphRun(tmp_path / "run", *TWO)
    run.wait_until(lambda: run.settled() >= 3, "three settled episodes")
    run.kill("robot1/simulator")
    run.wait_until(lambda: run.settled() >= 9, "nine settled episodes")
    run.kill("learner")
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert (summary["episodes"], summary["learner_restarts"]) == (16, 1)
    assert summary["dropped_episodes"] <= 1, "a kill between episodes drops none"
    assert summary["exact"] == (not summary["dropped_episodes"]), summary["not_exact_because"]
    episodes = [read_segment(path) for path in segments(run.folder.bag)]
    assert not any(episode.dropped_before for episode in episodes if episode.robot == "robot0")
    for robot in ("robot0", "robot1"):
        own = [episode for episode in episodes if episode.robot == robot and episode.group == "train"]
        assert len({episode.index for episode in own}) == len(own) == 8
    assert not run.left_over()
