"""Clocks that are wrong or step, and streams that fall silent, as the nodes of a graph on hardware meet them."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import rclpy
from builders import make_config
from doubles.drivers import Drivers
from rclpy.executors import SingleThreadedExecutor

from dsrl_core.config.run import RunConfig, write_run
from dsrl_ros.app.graph import domain_environment, graph
from dsrl_ros.msg import ExecutorStatus

HOUR, MS = 3600 * 10**9, 1_000_000
DOMAIN = str(100 + os.getpid() % 100)  # beyond those that runs take; two test runs at once do not meet
PATIENCE_S = 180.0  # a bound on a broken graph, not a measure
TIMEOUT_S = 3.0
HARDWARE = {
    "robot_end": {"kind": "hardware"},
    "observation": {"stamps": "newest", "timeout_s": TIMEOUT_S},
    "action": {"gap_s": 0.3},
}


class Graph:
    """Cameras, proprioception, reward, steering and executor as processes; the test is drivers and learner."""

    def __init__(self, config: RunConfig, folder: Path) -> None:
        write_run(config, folder / "config.yaml")
        self._folder = folder
        specs = [spec for spec in graph(config, folder / "config.yaml") if spec.name != "learner"]
        self._processes = [self._start(spec.label, spec.command()) for spec in specs]
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self.drivers = Drivers(config, self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.drivers)

    def _start(self, label: str, command: list[str]) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{label}.log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=dict(os.environ))

    def spin(self, seconds: float) -> None:
        until = monotonic() + seconds
        while monotonic() < until:
            self._executor.spin_once(0.02)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        until = monotonic() + PATIENCE_S
        while not condition():
            assert monotonic() < until, f"never saw {what}:\n{self.logs()}"
            self._executor.spin_once(0.02)

    def steps_come(self, count: int = 10) -> None:
        """Wait for so many steps from now on."""
        wanted = len(self.drivers.heard.actions_s) + count
        self.until(lambda: len(self.drivers.heard.actions_s) >= wanted, f"{count} more steps")

    def logs(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-1500:]}" for path in self._folder.glob("*.log"))

    def log(self, name: str) -> str:
        return (self._folder / f"robot0.{name}.log").read_text()

    def told(self, node: str, text: str) -> bool:
        return any(text in notice.text for notice in self.drivers.heard.notices if notice.node == node)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self.drivers.destroy_node()
        rclpy.shutdown(context=self._context)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**domain_environment(None, simulation=True), "ROS_DOMAIN_ID": DOMAIN}.items():
            patch.setenv(name, value)
        robot = Graph(make_config(platform=HARDWARE, cameras=2), tmp_path_factory.mktemp("run"))
        yield robot
        robot.close()


@pytest.fixture
def robot(started: Graph) -> Graph:
    """The graph at work, with everything in order."""
    drivers = started.drivers
    drivers.off_ns, drivers.outlier_ns, drivers.dead, drivers.values = {}, {}, set(), [0.0, 0.0]
    started.steps_come()
    drivers.heard.notices.clear()
    drivers.heard.statuses.clear()
    return started


@pytest.mark.parametrize("off_ns", [HOUR, -HOUR])
def test_one_joint_state_of_another_time_stops_nothing(robot: Graph, off_ns: int) -> None:
    robot.drivers.outlier_ns["joints"] = off_ns
    robot.steps_come(20)
    assert "some joint states are ignored: they are stamped 3600 s" in robot.log("executor")


def test_a_clock_that_steps_is_followed_and_told(robot: Graph) -> None:
    """The joints' clock alone steps: the executor follows it, and steering says whose stamps keep it waiting."""
    robot.drivers.off_ns["joints"] = -HOUR
    robot.until(lambda: robot.told("executor", "the clock of the joint states stepped back by 3600 s"), "the step")
    robot.until(lambda: robot.told("steering", "state (its stamps are 3600 s behind the others'"), "the warning")
    assert not robot.told("steering", "images/"), "the cameras are well"
    robot.drivers.off_ns.clear()
    robot.until(lambda: robot.told("executor", "stepped forward by 3600 s"), "the step forward")
    robot.steps_come()
    reasons = [status.reason for status in robot.drivers.heard.statuses]
    assert not [reason for reason in reasons if reason.startswith("no joint states")]


def test_steps_never_come_faster_than_their_rate(robot: Graph) -> None:
    robot.drivers.heard.actions_s.clear()
    for number in range(20):
        robot.drivers.outlier_ns["joints"] = (-1) ** number * 900 * MS
        robot.spin(0.06)
    robot.steps_come(5)
    sent_s = np.array(robot.drivers.heard.actions_s)
    assert len(sent_s) <= (sent_s[-1] - sent_s[0]) * 20 + 3


@pytest.mark.parametrize(
    ("off_ns", "words"),
    [
        (-80 * MS, "images/camera1 (its stamps are "),
        (HOUR, "camera1: dropped: the camera's clock is 3600 s ahead of this machine's"),
    ],
)
def test_the_camera_whose_clock_is_off_alone_is_named_before_the_drop(robot: Graph, off_ns: int, words: str) -> None:
    robot.drivers.off_ns["camera1"] = off_ns
    robot.until(lambda: robot.told("steering", words), words)
    (warning,) = (
        notice.text for notice in robot.drivers.heard.notices if words in notice.text and "decision" in notice.text
    )
    assert "images/camera1 (" in warning
    assert "images/camera0" not in warning
    assert "state (" not in warning
    robot.drivers.off_ns.clear()
    robot.steps_come()


def test_a_dead_camera_alone_is_named_in_the_reason_of_the_drop_too(robot: Graph) -> None:
    robot.drivers.dead = {"camera1"}
    robot.until(
        lambda: "is dropped: nothing for 3 s; missing: images/camera1 (silent for " in robot.log("steering"), "a drop"
    )
    robot.until(lambda: robot.told("steering", "missing: images/camera1 (silent for "), "the warning")
    assert not robot.told("steering", "images/camera0")


def test_a_joint_that_is_nan_is_waited_out(robot: Graph) -> None:
    """The joint is named, and steering waits for a sound message: no episode is dropped before `timeout_s`."""
    first, began_s = max(robot.drivers.heard.episodes), monotonic()
    robot.drivers.values = [0.0, float("nan")]
    robot.until(lambda: robot.told("proprioception", "joint 'y' is nan"), "the joint's name")
    robot.until(lambda: robot.told("steering", "state (silent for "), "the warning")
    assert robot.told("steering", "joint 'y' is nan")
    robot.drivers.values = [0.0, 0.0]
    robot.steps_come()
    assert max(robot.drivers.heard.episodes) - first <= (monotonic() - began_s) / TIMEOUT_S


def test_a_hold_speaks_of_the_clock_where_it_is_the_cause(robot: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = robot.drivers.stamp("joints")
    monkeypatch.setattr(robot.drivers, "stamp", lambda stream: stamp)
    held = [ExecutorStatus.HOLD]
    robot.until(lambda: [status.state for status in robot.drivers.heard.statuses][-1:] == held, "HOLD")
    assert "the clock of the joint states stands still" in robot.drivers.heard.statuses[-1].reason
