"""The driver of a Franka as a process of its own, and a node that speaks with it as the graph does."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import rclpy
from builtin_interfaces.msg import Duration, Time
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.acting.execution.rails.workspace import Workspace
from dsrl_core.types import F64
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import domain_environment
from dsrl_ros.interface import topics
from dsrl_ros.robot_ends.fci import drivers_topics as names

FAKE = Path(__file__).parent / "doubles" / "fake_franka"
MODULE = "dsrl_ros.robot_ends.fci.driver_node"
PERIOD_S, LEAD_S = 1 / 15, 0.15
FR3 = load_arm("fr3")
ROOMY = Workspace(np.array([-0.9, -0.9, 0.02]), np.array([0.9, 0.9, 1.3]), 0.5)
LONGEST_S = 60.0


@dataclass
class Network:
    """A DDS domain of this test's own."""

    domain: int
    environment: dict[str, str]


@contextmanager
def network() -> Iterator[Network]:
    """Take a free domain for as long as the block lasts."""
    domain, lock = take_domain()
    environment = {**os.environ, **domain_environment(domain, simulation=True)}
    try:
        yield Network(domain, environment)
    finally:
        lock.close()


class Driver:
    """The driver's process. Its words go to `log`."""

    def __init__(self, where: Network, log: Path, library: Path = FAKE, script: str = "{}", **settings: Any) -> None:
        path = os.pathsep.join([str(library), *filter(None, [where.environment.get("PYTHONPATH")])])
        given = {"robot_ip": "127.0.0.1", **settings}
        words = [word for name, value in given.items() for word in ("-p", f"{name}:={value}")]
        command = [sys.executable, "-P", "-m", MODULE, "--ros-args", "--disable-external-lib-logs", *words]
        self._log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command,
                env={**where.environment, "PYTHONPATH": path, "FAKE_FRANKA": script},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def children(self) -> list[int]:
        """Ids of its own processes, the one that commands the arm first."""
        pid = self.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def wait(self, longest_s: float = LONGEST_S) -> int:
        return self.process.wait(longest_s)

    def interrupt(self) -> None:
        """Press ctrl-C in its terminal: all of its processes get the signal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Seen:
    """What the driver published, in the order in which it came."""

    at_s: list[float] = field(default_factory=list)  # by this process' clock
    stamps_s: list[float] = field(default_factory=list)
    positions: list[F64] = field(default_factory=list)
    statuses: list[tuple[float, DiagnosticStatus]] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)

    def fault(self) -> str:
        """The present fault; empty where there is none, or nothing was told yet."""
        if not self.statuses or self.statuses[-1][1].level == DiagnosticStatus.OK:
            return ""
        return str(self.statuses[-1][1].message)

    def ready(self) -> bool:
        return bool(self.positions and self.statuses) and self.statuses[-1][1].message == "ready"

    def figures(self) -> dict[str, str]:
        return {pair.key: pair.value for pair in self.statuses[-1][1].values}


class Station:
    """A node beside the driver: it looks, sends trajectories, and asks for recovery."""

    def __init__(self, where: Network, name: str = "station") -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=where.domain)
        self.node = Node(name, context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self.seen = Seen()
        self.on_state: Callable[[float], None] = lambda stamp_s: None
        self._trajectories: Any = None  # made with the first one that is sent: the driver obeys one sender alone
        self._closed = self.node.create_publisher(Bool, names.GRIPPER_CLOSED, topics.reliable())
        self._recovery = self.node.create_client(Trigger, names.ERROR_RECOVERY)
        best_effort, latched = topics.best_effort(10), topics.latched()
        self.node.create_subscription(JointState, names.MEASURED_JOINT_STATES, self._on_state, best_effort)
        self.node.create_subscription(JointState, names.GRIPPER_JOINT_STATES, self._on_fingers, best_effort)
        self.node.create_subscription(DiagnosticStatus, names.STATUS, self._on_status, latched)

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)

    def spin(self, until: Callable[[], bool], longest_s: float = LONGEST_S) -> bool:
        """Take messages until a condition holds; returns whether it came to hold."""
        end_s = monotonic() + longest_s
        while not until():
            if monotonic() > end_s:
                return False
            self._executor.spin_once(timeout_sec=0.05)
        return True

    def spin_for(self, seconds: float) -> None:
        """Take messages for a time of the arm's own clock."""
        start_s = self.seen.stamps_s[-1]
        assert self.spin(lambda: self.seen.stamps_s[-1] > start_s + seconds), "joint states stopped"

    def send(self, stamp_s: float, knots: list[Knot], joints: tuple[str, ...] = FR3.joints) -> None:
        """Publish knots whose times count from a stamp, 0 for on arrival."""
        message = JointTrajectory(joint_names=list(joints))
        message.header.stamp = Time(**_split(stamp_s))
        message.points = [
            JointTrajectoryPoint(
                positions=knot.positions.tolist(),
                velocities=knot.velocities.tolist(),
                accelerations=(np.zeros_like(knot.positions) + knot.accelerations).tolist(),
                time_from_start=Duration(**_split(knot.time_s)),
            )
            for knot in knots
        ]
        if self._trajectories is None:
            self._trajectories = self.node.create_publisher(JointTrajectory, names.TRAJECTORY, topics.reliable())
            assert self.spin(lambda: self._trajectories.get_subscription_count() > 0), "no driver listens"
        self._trajectories.publish(message)

    def send_closed(self, closed: bool) -> None:
        self._closed.publish(Bool(data=closed))

    def recover(self) -> tuple[bool, str]:
        """Call the service of error recovery; whether it succeeded, and its words."""
        assert self._recovery.wait_for_service(LONGEST_S)
        answer = self._recovery.call_async(Trigger.Request())
        assert self.spin(answer.done), "the service does not answer"
        return answer.result().success, answer.result().message

    def _on_state(self, message: JointState) -> None:
        stamp = message.header.stamp
        self.seen.at_s.append(monotonic())
        self.seen.stamps_s.append(stamp.sec + stamp.nanosec * 1e-9)
        self.seen.positions.append(np.array(message.position))
        self.on_state(self.seen.stamps_s[-1])

    def _on_fingers(self, message: JointState) -> None:
        self.seen.openings.append(2 * message.position[0])

    def _on_status(self, message: DiagnosticStatus) -> None:
        self.seen.statuses.append((monotonic(), message))


class Sender:
    """Streams knots of a planner at 15 Hz of the arm's own clock, as an executor does."""

    def __init__(self, station: Station, amplitude: float = 0.25, seed: int = 1, lead_s: float = LEAD_S) -> None:
        """Begin at rest.

        Args:
            station: sends.
            amplitude: how fast the joints mostly go, as a share of 3 rad/s.
            seed: of what is wanted.
            lead_s: how late a message may come, by the arm's clock.
        """
        station.spin(lambda: False, 0.3)  # what waited in the queue is old
        self._station, self._draw = station, np.random.default_rng(seed)
        self._amplitude, self._wanted = amplitude, np.zeros(7)
        self._origin_s = station.seen.stamps_s[-1]
        self._stream = KnotStream(Planner(FR3, PERIOD_S, ROOMY), PERIOD_S, lead_s)
        self._send(self._stream.anchor(0.0, station.seen.positions[-1]))
        self._next = self._velocities()
        self._due_s = 0.3
        self.messages = 0
        station.on_state = self._on_state

    def stop(self) -> float:
        """Send nothing any more; returns the stamp of the arm at which that begins."""
        self._station.on_state = lambda stamp_s: None
        return self._station.seen.stamps_s[-1]

    def _velocities(self) -> F64:
        self._wanted = 0.85 * self._wanted + 0.15 * self._draw.normal(0, 3 * self._amplitude, 7)
        return self._wanted

    def _on_state(self, stamp_s: float) -> None:
        now_s = stamp_s - self._origin_s
        if now_s < self._due_s:
            return
        here, self._next = self._next, self._velocities()
        self._send(self._stream.send(now_s, here, self._next))
        self._due_s += PERIOD_S
        self.messages += 1

    def _send(self, knots: list[Knot]) -> None:
        self._station.send(self._origin_s, knots)


def seconds_until_rest(seen: Seen, from_s: float, moved: float = 5e-4, window_s: float = 0.05) -> float:
    """How long after a stamp the arm still moved: by more than `moved` rad within `window_s`."""
    stamps, positions = np.array(seen.stamps_s), np.array(seen.positions)
    last_s = from_s
    for at_s, here in zip(stamps, positions, strict=True):
        ahead = positions[(stamps > at_s) & (stamps <= at_s + window_s)]
        if at_s >= from_s and len(ahead) and np.abs(ahead - here).max() > moved:
            last_s = at_s
    return float(last_s - from_s)


def _split(seconds: float) -> dict[str, int]:
    whole, rest = divmod(round(seconds * 1e9), 1_000_000_000)
    return {"sec": whole, "nanosec": rest}
