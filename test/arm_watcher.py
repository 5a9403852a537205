"""Looks at a real-time run of an arm over its topics, asks for faults, and measures what follows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_ros.interface import topics
from dsrl_ros.msg import EpisodeStatus, ExecutorStatus

MOVES, RESTS = 0.05, 0.005  # rad/s of the fastest joint


@dataclass
class ArmWatcher:
    """A node of its own, spun by `until`."""

    statuses: list[tuple[float, ExecutorStatus]] = field(default_factory=list)
    news: list[tuple[float, EpisodeStatus]] = field(default_factory=list)
    speed: float = 0.0  # rad/s of the fastest joint, from measured positions
    moved_s: float = 0.0  # when it last moved

    def __post_init__(self) -> None:
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self.node = rclpy.create_node("watcher", context=self._context, namespace="/robot0")
        self._last: tuple[float, np.ndarray] | None = None
        self._faults = self.node.create_publisher(String, topics.SIM_FAULT, topics.reliable(10))
        subscribe, ten = self.node.create_subscription, topics.reliable(10)
        subscribe(ExecutorStatus, topics.EXECUTOR_STATUS, self._on_status, topics.latched())
        subscribe(EpisodeStatus, topics.EPISODE_STATUS, lambda m: self.news.append((monotonic(), m)), ten)
        subscribe(JointState, ports.MEASURED.name, self._on_joints, topics.best_effort(10))
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)

    def until(self, condition: Callable[[], bool], patience_s: float) -> bool:
        """Spin until `condition`; whether it came."""
        end_s = monotonic() + patience_s
        while not condition() and monotonic() < end_s:
            self._executor.spin_once(0.005)
        return condition()

    def fault(self, text: str) -> float:
        """Ask for a fault; the monotonic time at which it was done."""
        self._faults.publish(String(data=text))
        return monotonic()

    def moves(self) -> bool:
        return self.speed > MOVES

    def rests(self) -> bool:
        return self.speed < RESTS and monotonic() - self.moved_s > 0.05

    def since(self, at_s: float, state: int) -> list[tuple[float, ExecutorStatus]]:
        """Statuses of a state after a time."""
        return [(when, status) for when, status in self.statuses if when >= at_s and status.state == state]

    def state(self) -> int:
        return int(self.statuses[-1][1].state) if self.statuses else -1

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)

    def _on_status(self, message: ExecutorStatus) -> None:
        self.statuses.append((monotonic(), message))

    def _on_joints(self, message: JointState) -> None:
        stamp_s, positions = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec, np.array(message.position)
        if self._last is not None and 0 < stamp_s - self._last[0] < 1.0:
            self.speed = float(np.abs(positions - self._last[1]).max() / (stamp_s - self._last[0]))
            if self.speed > RESTS:
                self.moved_s = monotonic()
        self._last = (stamp_s, positions)
