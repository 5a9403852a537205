"""The whole graph in real time through the vendor's client, against a server with reflexes; for an idle machine."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from arm_watcher import ArmWatcher
from fci_server import Server, client_library
from graphs import QUICK, GraphRun
from person import Person

from dsrl_ros.msg import EpisodeStatus, ExecutorStatus

sys.path.insert(0, str(Path(__file__).parent))
pytestmark = pytest.mark.long
DOMAIN = 131
EPISODES = 4  # of training, beside two before and two after
SETTINGS = (
    "robot_end=fci",
    "robot_ip=127.0.0.1",
    "robot_end.require_check=false",
    "observation.cameras={}",
    "policy.kind=doubles.waving_policy",
    "policy.feature_dim=0",
    "schedule.eval_episodes=2",
    "episode.max_steps=30",
    "action.arm.tool_speed=0.5",
    "action.arm.box_low=[-1, -1, -0.5]",
    "action.arm.box_high=[1, 1, 1.5]",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server") / "log")
    yield server
    server.close()


@pytest.fixture(scope="module")
def run(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphRun]:
    patch = pytest.MonkeyPatch()
    patch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    patch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    patch.setenv("PYTHONPATH", os.pathsep.join([str(client_library()), os.environ.get("PYTHONPATH", "")]))
    out = tmp_path_factory.mktemp("arm") / "run"
    run = GraphRun(out, f"--episodes={EPISODES}", *QUICK, *SETTINGS, platform="franka")
    yield run
    if run.process.poll() is None:
        run.process.send_signal(signal.SIGTERM)
        run.finish(60)
    patch.undo()


def test_episodes_are_played_without_a_reflex_and_learned_from(run: GraphRun) -> None:
    watcher = ArmWatcher()
    Person(watcher.node, "run")
    began_s = monotonic()
    assert watcher.until(lambda: run.process.poll() is not None, 240), run.logs()
    code, output = run.finish()
    faults = [status.reason for _, status in watcher.statuses if status.state == ExecutorStatus.FAULT]
    holds = max((status.holds for _, status in watcher.statuses), default=0)
    failed = [news.reason for _, news in watcher.news if news.state == EpisodeStatus.FAILED]
    watcher.close()
    print(
        f"{run.settled()} episodes in {monotonic() - began_s:.0f} s, {holds} holds, faults {faults}, dropped {failed}"
    )
    assert code == 0, output + run.logs()
    assert not faults
    assert run.settled() == EPISODES + 4
    assert run.summary()["gradient_steps"] > 0
