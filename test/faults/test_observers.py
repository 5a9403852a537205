"""People look on: one who reads the decisions reliably, as rqt does, and one who hangs; the run is the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphs import QUICK, GraphRun

from dsrl_core.record.segment import read_segment, segments

pytestmark = pytest.mark.slow
DOMAIN = 141
OBSERVER = """
import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from dsrl_ros.msg import Decision

def hear(decision):
    print(decision.episode, decision.decision, flush=True)

rclpy.init()
node = rclpy.create_node("observer")
# deep, as on a busy machine it may not be its turn for a while
reliably = QoSProfile(depth=1000, reliability=ReliabilityPolicy.RELIABLE)
node.create_subscription(Decision, "/robot0/decision", hear, reliably)
rclpy.spin(node)
"""


class Observer:
    """Looks on in a process of its own, and writes down what it hears."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("w") as out:
            self.process = subprocess.Popen([sys.executable, "-P", "-c", OBSERVER], stdout=out)

    def heard(self) -> set[tuple[int, int]]:
        """Episode and number of each decision that it has heard of."""
        return {(int(line.split()[0]), int(line.split()[1])) for line in self._path.read_text().splitlines()}


@pytest.fixture
def observers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Observer]]:
    """Two that look on, in the domain of the run."""
    monkeypatch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    monkeypatch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    started = [Observer(tmp_path / name) for name in ("reader", "hanging")]
    yield started
    for observer in started:
        observer.process.kill()
        observer.process.wait()


def test_who_reads_reliably_hears_and_who_hangs_holds_nothing_up(tmp_path: Path, observers: list[Observer]) -> None:
    reader, hanging = observers
    run = GraphRun(tmp_path / "run", "--episodes=6", *QUICK)
    run.wait_until(lambda: bool(hanging.heard()), "an observer who hears of decisions")
    os.kill(hanging.process.pid, signal.SIGSTOP)
    code, output = run.finish()
    assert code == 0, output + run.logs()
    played = [read_segment(path) for path in segments(run.folder.bag)]
    decided = {(episode.episode, number) for episode in played for number in range(episode.decisions)}
    first = min(reader.heard())
    assert reader.heard() == {decision for decision in decided if decision >= first}
    alone = GraphRun(tmp_path / "alone", "--episodes=6", *QUICK, command="train")
    assert alone.finish()[0] == 0
    for key in ("params_sha256", "transitions_sha256", "dropped_episodes", "exact"):
        assert run.summary()[key] == alone.summary()[key], key
