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

from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import domain_environment
from dsrl_ros.msg import EpisodeStatus, ExecutorStatus

pytestmark = pytest.mark.long
EPISODES = 20  # that are to be played before anything is done to the run
REST_S, FAULT_S = 0.3, 0.25
SETTINGS = (
    "robot_end=fci",
    "robot_ip=127.0.0.1",
    "robot_end.require_check=false",
    "observation.cameras={}",
    "policy.kind=doubles.waving_policy",
    "policy.feature_dim=0",
    "episode.max_steps=30",
    "action.arm.tool_speed=0.5",
    "action.arm.box_low=[-1, -1, -0.5]",
    "action.arm.box_high=[1, 1, 1.5]",
)
MOVING = (ExecutorStatus.RUNNING, ExecutorStatus.WAITING)
VIOLATION = "violation"


class Lab:
    """The server, the run and a person beside it; the tests follow each other on it."""

    def __init__(self, server: Server, out: Path) -> None:
        self.server, self.watcher = server, ArmWatcher()
        self.run = GraphRun(out, "--episodes=200", *QUICK, *SETTINGS, platform="franka")
        self.person = Person(self.watcher.node, out.name)

    def moving(self) -> float:
        """Wait until the arm moves by a policy's step; the monotonic time."""
        moves = lambda: self.watcher.state() in MOVING and self.watcher.moves()  # noqa: E731
        assert self.watcher.until(moves, 120), self.words()
        return monotonic()

    def plays(self, more: int) -> None:
        """Wait until so many more episodes are settled."""
        wanted = self.run.settled() + more
        done = lambda: self.run.settled() >= wanted or self.run.process.poll() is not None  # noqa: E731
        assert self.watcher.until(done, 30 + 15.0 * more), self.words()
        assert self.run.settled() >= wanted, self.words()

    def rest_s(self, since_s: float) -> float:
        """When the arm came to rest, s after a time."""
        assert self.watcher.until(self.watcher.rests, 5), self.words()
        return self.watcher.moved_s - since_s

    def faults(self, since_s: float = 0.0) -> list[str]:
        return [status.reason for _, status in self.watcher.since(since_s, ExecutorStatus.FAULT)]

    def dropped(self, since_s: float) -> list[str]:
        told = self.watcher.news
        return [news.reason for at_s, news in told if at_s >= since_s and news.state == EpisodeStatus.FAILED]

    def words(self) -> str:
        ended = self.run.process.poll() is not None
        return (self.run.finish()[1] if ended else "") + self.run.logs() + self.server.log[-2000:]

    def close(self) -> None:
        if self.run.process.poll() is None:
            self.run.process.send_signal(signal.SIGTERM)
            self.run.finish(60)
        self.watcher.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    number, lock = take_domain()
    lock.close()  # the run takes it
    with pytest.MonkeyPatch.context() as patch:
        for name, value in domain_environment(number, simulation=True).items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(client_library()), os.environ.get("PYTHONPATH", "")]))
        server = Server(tmp_path_factory.mktemp("server") / "log")
        made = Lab(server, tmp_path_factory.mktemp("arm") / "run")
        yield made
        made.close()
        server.close()


def told(what: str) -> None:
    print(f"{what}; load {os.getloadavg()[0]:.1f}", file=sys.stderr)


def test_twenty_episodes_draw_no_reflex(lab: Lab) -> None:
    began_s = monotonic()
    lab.plays(EPISODES)
    newest = lab.watcher.statuses[-1][1]
    told(
        f"{lab.run.settled()} episodes in {monotonic() - began_s:.0f} s, {newest.holds} holds, faults {lab.faults()}, "
        f"dropped {lab.dropped(0.0)}"
    )
    assert VIOLATION not in lab.server.log
    assert not lab.faults()


def test_an_executor_that_is_stopped_in_motion_leaves_the_arm_at_rest(lab: Lab) -> None:
    pid = lab.run.processes()["executor"]
    at_s = lab.moving()
    os.kill(pid, signal.SIGSTOP)
    try:
        rest_s = lab.rest_s(at_s)
    finally:
        os.kill(pid, signal.SIGCONT)
    told(f"executor stopped: at rest after {rest_s:.3f} s")
    assert rest_s <= REST_S
    assert VIOLATION not in lab.server.log
    lab.plays(2)


def test_a_reflex_is_a_fault_at_once_that_ends_when_the_operator_confirms(lab: Lab) -> None:
    lab.person.there = False
    at_s = lab.moving()
    lab.server.provoke()
    assert lab.watcher.until(lambda: bool(lab.faults(at_s)), 5), lab.words()
    fault_s = lab.watcher.since(at_s, ExecutorStatus.FAULT)[0][0] - at_s
    told(f"reflex: FAULT after {fault_s:.3f} s: {lab.faults(at_s)[0]}")
    assert fault_s <= FAULT_S
    assert lab.watcher.until(lambda: bool(lab.dropped(at_s)), 5), lab.words()
    assert not lab.watcher.until(lambda: lab.watcher.state() != ExecutorStatus.FAULT, 2), "nobody has confirmed"
    lab.person.there = True
    lab.plays(2)


def test_steering_that_is_killed_in_motion_leaves_the_arm_at_rest(lab: Lab) -> None:
    """Last: the run ends with it."""
    reflexes = lab.server.log.count(VIOLATION)
    lab.run.processes()
    lab.moving()
    at_s = lab.run.kill("steering")
    rest_s = lab.rest_s(at_s)
    told(f"steering killed: at rest after {rest_s:.3f} s")
    assert rest_s <= REST_S
    code, output = lab.run.finish(30)
    assert code == 1, output
    assert lab.server.log.count(VIOLATION) == reflexes
