"""How a host finds a run and its settings: a real rendezvous and a real seeker, over DDS on this machine."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
import rclpy
from builders import open_run_of
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from real_nodes import SMALL

from dsrl_core.config.paths import package_version
from dsrl_core.config.run import read_run
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.folder import RunFolder, policy_sha256
from dsrl_core.run.role import Place, Role
from dsrl_ros.app import joining
from dsrl_ros.app.joining import Seeker, seeker
from dsrl_ros.interface.rendezvous import RENDEZVOUS
from dsrl_ros.nodes.rendezvous_node import RendezvousNode

DOMAIN = 100 + os.getpid() % 2  # beyond those that runs take, and below the ephemeral ports


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setattr(joining, "OTHERS_S", 1.0)
    monkeypatch.setattr(joining, "GONE_S", 1.0)


@contextmanager
def spun(node: Node) -> Iterator[None]:
    """The node is spun in a thread for the time of the block."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    ending = False

    def spin() -> None:
        while not ending:
            executor.spin_once(timeout_sec=0.05)

    thread = Thread(target=spin)
    thread.start()
    try:
        yield
    finally:
        ending = True
        thread.join()
        node.destroy_node()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunFolder]:
    """A run whose rendezvous is there."""
    opened = open_run_of("reach", 0, SMALL, tmp_path / "reach_seed0")
    given = ["-r", "__ns:=/reach_seed0", "-p", f"config:={opened.folder.config}", "-p", "robot:=all"]
    rclpy.init(args=["--ros-args", *given], domain_id=DOMAIN)
    with spun(RendezvousNode()):
        yield opened.folder
    rclpy.try_shutdown()


@pytest.fixture
def looking() -> Iterator[Seeker]:
    with seeker(DOMAIN) as made:
        yield made


def other(name: str, space: str) -> Node:
    """A node of somebody else, in this process."""
    return Node(name, namespace=space, cli_args=["--ros-args", "-r", f"__node:={name}"], use_global_arguments=False)


def hear(looking: Seeker, condition: Callable[[], bool]) -> None:
    """Wait until something is visible; who waits too long is told by what is tried next."""
    until = monotonic() + 30.0
    while not condition() and monotonic() < until:
        looking.spin(0.1)


def test_a_host_is_told_the_runs_settings_and_the_time(run: RunFolder, looking: Seeker):
    told: list[str] = []
    assert looking.await_run(told.append, 30.0) == "reach_seed0"
    found = looking.ask("reach_seed0", Place(Role.ROBOT, ("robot0",)))
    assert found.offered.config == run.config.read_text()
    assert found.offered.version == package_version()
    assert found.offered.policy_sha256 == policy_sha256(read_run(run.config))
    assert abs(found.offset.ahead_s) <= found.offset.way_s / 2 + 1e-3, "it is the same clock"


def test_without_a_run_it_is_said_what_is_waited_for_and_where_to_look(looking: Seeker):
    began = monotonic()
    with pytest.raises(DsrlError) as caught:
        looking.await_run(lambda text: None, 0.5)
    assert monotonic() - began < 30.0
    first = 7400 + 250 * DOMAIN
    for words in (f"ROS_DOMAIN_ID={DOMAIN}", "role=learner", f"UDP ports {first} to", "ROS_STATIC_PEERS=ADDRESS"):
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_learners_in_a_domain_are_refused_by_those_that_join_and_by_a_third(looking: Seeker):
    rclpy.init(domain_id=DOMAIN)
    with spun(other(RENDEZVOUS, "/aloha_seed1")), spun(other(RENDEZVOUS, "/reach_seed0")):
        hear(looking, lambda: len(looking.runs()) == 2)
        with pytest.raises(ConfigError, match=r"2 learners are in this domain \(aloha_seed1, reach_seed0\)"):
            looking.await_run(lambda text: None, 30.0)
        with pytest.raises(ConfigError, match="another learner is alive in this DDS domain: the run aloha_seed1"):
            looking.refuse_runs()
    rclpy.try_shutdown()


def test_a_robot_whose_end_is_elsewhere_is_refused(run: RunFolder, looking: Seeker):
    looking.await_free(("robot0",), lambda text: None)
    told: list[str] = []
    with spun(other("executor", "/robot0")):
        hear(looking, lambda: looking.taken(("robot0",)) == ["robot0"])
        with pytest.raises(ConfigError, match="robot=robot0 has its end on another host of this run already"):
            looking.await_free(("robot0",), told.append)
        looking.await_free(("robot1",), told.append)


def test_a_run_that_is_visible_and_does_not_answer_is_told(looking: Seeker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(joining, "ANSWER_S", 0.2)
    with pytest.raises(DsrlError, match="is visible, but its host does not answer"):
        looking.ask("reach_seed9", Place(Role.VIEW))


def test_a_learner_that_finds_an_older_one_gives_way_at_once(run: RunFolder):
    with pytest.raises(
        DsrlError, match="another learner is alive in this DDS domain: node dsrl_rendezvous is there twice"
    ):
        RendezvousNode()  # the fixture's is the older one
