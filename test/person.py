"""A person at a robot, for tests on hardware's own path, where no script is allowed: does what is waited for."""

from collections.abc import Callable
from time import monotonic

from rclpy.node import Node

from dsrl_core.acting.execution.operator.scripted import Habits, ScriptedOperator
from dsrl_core.acting.execution.operator_event import Kind
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import event_message

LOOK_S = 0.05


class Person:
    """Holds the dead-man, confirms and labels, on the operator's topic."""

    def __init__(self, node: Node, run_id: str, success: Callable[[], bool] = lambda: True, holds: bool = True) -> None:
        """`success` says what the label of an episode is; `node` lies in the robot's namespace.

        With `holds` false the dead-man is left to a device.
        """
        self._node, self._run_id, self._success, self._holds = node, run_id, success, holds
        self.there = True  # False: nothing is done, as of one who has gone for coffee
        self._habits = ScriptedOperator(Habits(delay_s=0.3, mistakes=0.0), seed=0)
        self._seen = msg.ExecutorStatus()
        self._events = node.create_publisher(msg.OperatorEvent, topics.OPERATOR_EVENT, topics.reliable(10))
        node.create_subscription(msg.ExecutorStatus, topics.EXECUTOR_STATUS, self._on_status, topics.latched())
        node.create_timer(LOOK_S, self._look)

    def _on_status(self, message: msg.ExecutorStatus) -> None:
        self._seen = message

    def _look(self) -> None:
        if not self.there:
            return
        seen = self._seen
        running = seen.state in (msg.ExecutorStatus.RUNNING, msg.ExecutorStatus.WAITING)
        for event in self._habits.look(seen.episode, seen.waits_for, self._success(), monotonic(), running):
            if event.kind is Kind.HELD and not self._holds:
                continue
            stamp = self._node.get_clock().now().nanoseconds
            self._events.publish(event_message(event, self._run_id, "robot0", stamp))
