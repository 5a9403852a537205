"""Acting while training, through the real graph: nothing is lost, nothing is claimed that does not hold."""

from pathlib import Path

import pytest
from graphs import QUICK, GraphRun
from test_interrupts import interrupt_after
from test_kills import assert_whole

from dsrl_core.record.segment import read_segment, segments

pytestmark = pytest.mark.slow
EPISODES = 60  # enough that a fast machine is still training when the second interruption comes
SETTINGS = (f"--episodes={EPISODES}", *QUICK, "schedule.first_steps=0", "mode=async", "async_lead=2")
UTD, WARM_UP = 5, 1  # with QUICK's two start episodes the second one asks for gradient steps


def assert_trained_on_everything(run: GraphRun) -> None:
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert (summary["mode"], summary["exact"]) == ("async", False)
    assert (summary["episodes"], summary["dropped_episodes"]) == (EPISODES, 0)
    assert_whole(run, training=EPISODES)
    episodes = [read_segment(path) for path in segments(run.folder.bag)]
    train = [episode for episode in episodes if episode.group == "train"]
    assert summary["gradient_steps"] == UTD * sum(episode.decisions for episode in train[WARM_UP:])
    trained = [line["after_episode"] for line in run.lines() if line["kind"] == "gradient"]
    assert trained[-1] == train[-1].episode
    final = [episode for episode in episodes if episode.group == "final"]
    assert {int(v) for episode in final for v in episode.params_versions} == {summary["gradient_steps"]}
    assert not run.left_over()


def test_an_asynchronous_run_goes_on_after_interruptions_and_trains_on_everything(tmp_path: Path) -> None:
    for more in (1, 6):
        run = GraphRun(tmp_path / "run", *SETTINGS)
        interrupt_after(run, more)
    run = GraphRun(tmp_path / "run", *SETTINGS)
    assert_trained_on_everything(run)
    assert run.summary()["resumed"] is True


def test_an_operator_plays_first_in_an_asynchronous_run_too(tmp_path: Path) -> None:
    settings = ("--episodes=8", *QUICK, "schedule.first_steps=0", "mode=async", "operator.episodes=2")
    run = GraphRun(tmp_path / "run", *settings)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert (summary["episodes"], summary["operator_episodes"], summary["dropped_episodes"]) == (8, 2, 0)
    sources = [line.get("source") for line in run.lines() if line["kind"] == "episode" and line["group"] == "train"]
    assert [source == "operator" for source in sources] == [True, True, *[False] * 6]
