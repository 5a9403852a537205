"""A robot end of hardware for tests: drivers whose clocks may be off, and a learner that has recorded nothing."""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState

from dsrl_core.config.run import RunConfig
from dsrl_core.types import TaskEvent
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import EpisodeId, header, image_message, joint_state_message, task_event_message
from dsrl_ros.interface.notices import Notice, notices_of

PERIOD_S = 0.02


@dataclass
class Heard:
    """What the graph sent, with the times at which it came."""

    actions_s: list[float] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    statuses: list[msg.ExecutorStatus] = field(default_factory=list)
    episodes: Counter[int] = field(default_factory=Counter)  # steps of each


class Drivers(Node):
    """Sends joint states and images every 20 ms, resets when it is asked to, and never ends an episode."""

    def __init__(self, config: RunConfig, context: Context) -> None:
        super().__init__("drivers", namespace="/robot0", context=context)
        self._config = config
        self.off_ns: dict[str, int] = {}  # stream -> how far its clock is from this machine's
        self.outlier_ns: dict[str, int] = {}  # the same for one sample
        self.values = [0.0, 0.0]
        self.dead: set[str] = set()
        self.heard = Heard()
        self._episode = -1
        self._executed: list[np.ndarray] = []
        observation, sensor = config.platform.observation, topics.best_effort()
        self._joints = self.create_publisher(JointState, config.platform.action.feedback, sensor)
        self._images = {
            name: self.create_publisher(Image, camera.topic, sensor) for name, camera in observation.cameras.items()
        }
        self._events = self.create_publisher(msg.TaskEvent, topics.TASK_EVENT, topics.reliable(10))
        self._statuses = self.create_publisher(msg.EpisodeStatus, topics.EPISODE_STATUS, topics.reliable(10))
        self._listen(context)
        self.create_timer(PERIOD_S, self._send)

    def _listen(self, context: Context) -> None:
        ten, run_id = topics.reliable(10), self._config.run_id
        self.create_subscription(msg.StartEpisode, topics.START_EPISODE, self._on_start, ten)
        self.create_subscription(msg.Action, topics.ACTION, self._on_action, ten)
        self.create_subscription(DiagnosticArray, topics.DIAGNOSTICS, self._on_diagnostics, ten)
        self.create_subscription(
            msg.ExecutorStatus, topics.EXECUTOR_STATUS, self.heard.statuses.append, topics.latched()
        )
        lease = topics.alive(topics.latched(), topics.LEARNER_LEASE_S)
        self._learner = self.create_publisher(msg.LearnerStatus, topics.run_topic(run_id, "learner_status"), lease)
        status: Any = msg.LearnerStatus(run_id=run_id, robots=["robot0"])
        status.last_episode, status.last_train_episode, status.dropped = [-1], [-1], [0]
        self._learner.publish(status)

    def stamp(self, stream: str) -> int:
        off_ns = self.outlier_ns.pop(stream, self.off_ns.get(stream, 0))
        return int(self.get_clock().now().nanoseconds) + off_ns

    def _send(self) -> None:
        if "joints" not in self.dead:
            names = self._config.platform.state_names
            self._joints.publish(joint_state_message(names, np.array(self.values, np.float32), self.stamp("joints")))
        for name, publisher in self._images.items():
            if name not in self.dead:
                pixels = np.random.default_rng().integers(0, 256, (16, 16, 3), np.uint8)
                publisher.publish(image_message(pixels, self.stamp(name)))

    def _on_start(self, message: msg.StartEpisode) -> None:
        if message.episode == self._episode:
            return
        self._episode, self._executed = message.episode, []
        status = msg.EpisodeStatus(header=header(self.stamp("events")), state=msg.EpisodeStatus.READY)
        status.run_id, status.robot, status.episode = message.run_id, message.robot, message.episode
        self._statuses.publish(status)
        self._ask()

    def _on_action(self, message: msg.Action) -> None:
        self.heard.actions_s.append(monotonic())
        self.heard.episodes[message.episode] += 1
        self._executed.append(np.array(message.values, np.float32))
        if message.decision_due:
            self._ask()

    def _ask(self) -> None:
        executed = np.array(self._executed, np.float32).reshape(-1, self._config.platform.action.size)
        self._executed = []
        event = TaskEvent(self.stamp("events"), 0.0, False, False, "", executed)
        self._events.publish(task_event_message(event, EpisodeId(self._config.run_id, "robot0", self._episode)))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self.heard.notices += notices_of(message, self._config.run_id)
