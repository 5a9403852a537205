"""Two robots, one learner, as a graph: bit for bit what one process makes of them, and one robot of their warm-up."""

import dataclasses
import signal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from graphs import GraphRun

from dsrl_core.record.segment import read_segment, segments
from dsrl_core.types import Episode

pytestmark = pytest.mark.slow
WARM_UP, STOPPED_AT, INTERRUPTED = 4, 9, 130
SETTINGS = (
    "--seed=3",
    f"schedule.start_episodes={WARM_UP}",
    "schedule.first_steps=300",
    "schedule.eval_episodes=3",
    "schedule.baselines=[repeated]",
    "schedule.select_every=4",
    "schedule.select_episodes=2",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.utd=10",
    "sac.n_step=3",
    "sac.prior=normal",
    "sac.actor_average=0.05",
)
OF_THE_PLAYER = ("run_id", "robot", "episode", "dropped_before")


class Ended(NamedTuple):
    run: GraphRun
    output: str

    def episodes(self) -> dict[tuple[str, int], Episode]:
        read = [read_segment(path) for path in segments(self.run.folder.bag)]
        return {(episode.group, episode.index): episode for episode in read}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """The warm-up of one robot; two robots in one process; two robots as a graph, with ctrl-C on the way."""
    out = tmp_path_factory.mktemp("runs")
    two = ("--episodes=8", "num_robots=2", *SETTINGS)
    one = ended(GraphRun(out / "one", f"--episodes={WARM_UP}", *SETTINGS, command="train"))
    loop = ended(GraphRun(out / "loop", *two, command="train"))
    first = GraphRun(out / "graph", *two)
    first.wait_until(lambda: first.settled() >= STOPPED_AT, f"{STOPPED_AT} settled episodes")
    first.process.send_signal(signal.SIGINT)
    assert first.finish()[0] == INTERRUPTED
    return {"one": one, "loop": loop, "graph": ended(GraphRun(out / "graph", *two))}


def ended(run: GraphRun) -> Ended:
    code, output = run.finish()
    assert code == 0, output + run.logs()
    assert not run.left_over()
    return Ended(run, output)


def test_each_robots_warm_up_is_bit_for_bit_that_of_a_single_robot(runs: dict[str, Ended]) -> None:
    one, two = runs["one"].episodes(), runs["graph"].episodes()
    prior = [("base_repeated", index) for index in range(3)] + [("train", index) for index in range(WARM_UP)]
    for group, index in prior:
        alone, together = one[group, index], two[group, index]
        assert together.robot == f"robot{index % 2}"
        for field in dataclasses.fields(Episode):
            if field.name not in OF_THE_PLAYER:
                values = getattr(alone, field.name), getattr(together, field.name)
                assert np.array_equal(*values), (group, index, field.name)


def test_a_graph_of_two_robots_also_one_that_was_stopped_is_what_one_process_makes(runs: dict[str, Ended]) -> None:
    loop, graph = (runs[name].run.summary() for name in ("loop", "graph"))
    for key in ("transitions_sha256", "params_sha256", "gradient_steps", "groups", "exact"):
        assert loop[key] == graph[key], key
    assert (graph["exact"], graph["resumed"]) == (True, True)


def test_a_replay_of_either_is_the_same_again(runs: dict[str, Ended], tmp_path: Path) -> None:
    for name in ("loop", "graph"):
        run = runs[name].run
        replayed = run.replayed(tmp_path / name)
        for key in ("transitions_sha256", "params_sha256", "gradient_steps", "groups", "exact"):
            assert replayed[key] == run.summary()[key], key


def test_totals_and_throughput_are_told(runs: dict[str, Ended]) -> None:
    ended = runs["graph"]
    summary = ended.run.summary()
    assert (summary["episodes"], summary["eval_episodes"]) == (8, 3)
    assert set(summary["robots"]) == {"robot0", "robot1"}
    rates = [facts["env_steps_per_s"] for facts in summary["robots"].values()]
    assert all(rate > 0 for rate in rates)
    assert sum(rates) == pytest.approx(summary["env_steps_per_s"], abs=0.2)
    for text in (ended.output, ended.run.folder.report.read_text()):
        assert "robot1" in text
