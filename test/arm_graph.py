"""The processes at an arm, and around them a test that is steering and the person: all by the topics of a run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import time_ns

import numpy as np
import pytest
from arm_watcher import ArmWatcher
from builders import open_run_of
from diagnostic_msgs.msg import DiagnosticArray
from person import Person
from rclpy.publisher import Publisher
from sensor_msgs.msg import Joy
from std_msgs.msg import Empty
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_core.types import ActionChunk, Noise, NoiseSource
from dsrl_ros import msg
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import domain_environment, graph
from dsrl_ros.app.supervisor import Supervisor
from dsrl_ros.interface import conversion, topics

PROCESSES = ("executor", "operator", "drivers")
SETTINGS = (
    "robot_end.clock=real",
    'policy.kind="null"',
    "observation.cameras={}",
    "operator.source=devices",
    "operator.guided=false",
)
DEADMAN, BUTTONS = 4, 9
WAVE = 0.3  # of the joints' velocities, up and down again within a chunk
PATIENCE_S = 90.0  # a bound on what is broken, not a measure


class ArmGraph:
    """A supervisor with executor, operator and a simulated arm, and a node that plays what is missing."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        opened = open_run_of("franka_sim", 0, [*SETTINGS], folder)
        self.config, self._logs = opened.config, opened.folder.logs
        self._logs.mkdir(exist_ok=True)
        specs = [spec for spec in graph(opened.config, opened.folder.config) if spec.name in PROCESSES]
        self.supervisor = Supervisor(specs, self._logs, environment)
        self.watcher = ArmWatcher()
        self.notices: list[str] = []
        self.plugged = True  # the joystick, whose dead-man is held
        self._episode, self._decision = 0, -1
        self._chunk: msg.ActionChunk | None = None  # the last one
        self.rests_ns = 0  # when the arm comes to rest by the last trajectory
        node = self.watcher.node
        self.person = Person(node, self.config.run_id, holds=False)
        ten = topics.reliable(10)
        self._joy = node.create_publisher(Joy, "/joy", topics.reliable())
        self._starts = node.create_publisher(msg.StartEpisode, topics.START_EPISODE, ten)
        self._chunks = node.create_publisher(msg.ActionChunk, topics.ACTION_CHUNK, topics.reliable())
        node.create_subscription(msg.TaskEvent, topics.TASK_EVENT, self._on_event, ten)
        node.create_subscription(msg.EpisodeStatus, topics.EPISODE_STATUS, self._on_news, ten)
        node.create_subscription(DiagnosticArray, topics.DIAGNOSTICS, self._on_notice, ten)
        node.create_subscription(JointTrajectory, ports.TRAJECTORY.name, self._on_trajectory, ten)
        self._alive: Publisher | None = None
        self.steer(True)
        node.create_timer(0.02, self._hold)
        node.create_timer(0.5, self._start)

    def steer(self, alive: bool) -> None:
        """Let steering live, or die: nobody says any more that it lives."""
        lease_s = self.config.platform.action.lease_ms / 1e3
        topic = topics.steering_alive(self.config.run_id, "robot0")
        if self._alive is not None:
            self.watcher.node.destroy_publisher(self._alive)
        quality = topics.asserting(topics.reliable(), lease_s)
        self._alive = self.watcher.node.create_publisher(Empty, topic, quality) if alive else None

    def moving(self) -> None:
        """Wait until the arm carries out a chunk; on a busy machine a rail may have held it before."""
        running = (msg.ExecutorStatus.RUNNING, msg.ExecutorStatus.WAITING)
        moves = lambda: self.watcher.state() in running and self.watcher.moves()  # noqa: E731
        assert self.watcher.until(moves, PATIENCE_S), self.logs()

    def held(self, words: str, at_s: float) -> msg.ExecutorStatus:
        """The first status since a time that says these words, once the arm is at rest after it."""
        said = lambda: [told for when, told in self.watcher.statuses if when >= at_s and words in told.reason]  # noqa: E731
        assert self.watcher.until(lambda: bool(said()), PATIENCE_S), self.logs()
        assert self.watcher.until(self.watcher.rests, PATIENCE_S), self.logs()
        return said()[0]

    def stop(self) -> dict[str, int]:
        """End all processes as ctrl-C does; when each had ended, ns of this machine's clock."""
        ending, ended = Thread(target=self.supervisor.stop), dict[str, int]()
        ending.start()
        while ending.is_alive() or len(ended) < len(PROCESSES):
            self.watcher.until(lambda: False, 0.005)
            for each in self.supervisor._running:
                if each.process.poll() is not None:
                    ended.setdefault(each.spec.name, time_ns())
        return ended

    def codes(self) -> dict[str, int | None]:
        """Exit codes, by name."""
        return {each.spec.name: each.process.returncode for each in self.supervisor._running}

    def logs(self) -> str:
        said = [f"{told.state} {told.reason!r} {told.waits_for!r}" for _, told in self.watcher.statuses[-10:]]
        return "\n".join([*said, *(f"== {path.name}\n{path.read_text()[-1500:]}" for path in self._logs.glob("*.log"))])

    def close(self) -> None:
        self.supervisor.stop()
        self.watcher.close()

    def _hold(self) -> None:
        if self.plugged:
            self._joy.publish(Joy(buttons=[int(number == DEADMAN) for number in range(BUTTONS)], axes=[0.0] * 5))

    def _start(self) -> None:
        """Ask for the episode, and send the last chunk, again and again, as steering does."""
        message = msg.StartEpisode(run_id=self.config.run_id, robot="robot0", episode=self._episode, purpose="train")
        self._starts.publish(message)
        if self._chunk is not None:
            self._chunks.publish(self._chunk)

    def _on_news(self, message: msg.EpisodeStatus) -> None:
        if message.episode == self._episode and message.state == msg.EpisodeStatus.FAILED:
            self._episode, self._decision, self._chunk = self._episode + 1, -1, None

    def _on_event(self, message: msg.TaskEvent) -> None:
        if message.label or message.episode != self._episode:
            return
        if len(message.executed) or self._decision < 0:
            self._decision += 1
        policy = self.config.platform.policy
        wave = WAVE * np.sign(np.sin(2 * np.pi * (np.arange(policy.horizon) + 0.5) / policy.horizon))
        actions = np.tile(wave[:, None], (1, self.config.platform.action.size)).astype(np.float32)
        noise = Noise(np.zeros((1, policy.noise_dim), np.float32), NoiseSource.ZERO)
        stamp_ns = conversion.stamp_ns(message.header.stamp)
        chunk = ActionChunk(stamp_ns, actions, policy.execute, 1 / self.config.platform.action.rate_hz, noise)
        identity = conversion.EpisodeId(self.config.run_id, "robot0", self._episode)
        self._chunk = conversion.chunk_message(chunk, identity, self._decision)
        self._chunks.publish(self._chunk)

    def _on_trajectory(self, message: JointTrajectory) -> None:
        assert not any(message.points[-1].velocities), "each trajectory ends at rest"
        end = message.points[-1].time_from_start
        self.rests_ns = conversion.stamp_ns(message.header.stamp) + end.sec * 1_000_000_000 + end.nanosec

    def _on_notice(self, message: DiagnosticArray) -> None:
        self.notices += [status.message for status in message.status]


@contextmanager
def arm_graph(folder: Path) -> Iterator[ArmGraph]:
    """An `ArmGraph` in a DDS domain of its own."""
    domain, lock = take_domain()
    environment = domain_environment(domain, simulation=True)
    patch = pytest.MonkeyPatch()
    try:
        for name, value in environment.items():
            patch.setenv(name, value)
        made = ArmGraph(folder, {**os.environ})
        yield made
    finally:
        made.close()
        patch.undo()
        lock.close()
