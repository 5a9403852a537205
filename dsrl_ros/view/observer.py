"""Looks on: subscribes to the topics of a run from any node and fills its view. It publishes nothing.

Every subscription is best effort or latched, and keeps little: who looks on too slowly misses messages, and no
publisher of the graph waits for it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.event_handler import QoSLivelinessChangedInfo, SubscriptionEventCallbacks
from rclpy.node import Node
from sensor_msgs.msg import Image

from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_core.view.run_view import RunView
from dsrl_core.view.values import DiagnosticValue, Level, WatchedRun
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import image_of
from dsrl_ros.view import values

DECISIONS_KEPT = 100  # between two looks of a node that spins now and then


class Observer:
    """Fills `view` while its node spins. Messages of other runs are passed over, malformed ones told in the view."""

    def __init__(self, node: Node, run: WatchedRun) -> None:
        self.view = RunView(run)
        self._node, self._run = node, run
        self._subscriptions: list[Any] = []
        events = SubscriptionEventCallbacks(liveliness=self._on_liveliness, use_default_callbacks=False)
        lease = topics.alive(topics.latched(), topics.LEARNER_LEASE_S)
        status = topics.run_topic(run.run_id, "learner_status")
        self._listen(msg.LearnerStatus, status, self._on_learner, lease, event_callbacks=events)
        self._listen(DiagnosticArray, topics.DIAGNOSTICS, self._on_diagnostics, topics.best_effort(50))
        for robot in run.robots:
            self._follow(robot)

    def close(self) -> None:
        """Look away; the view keeps what it has."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()

    def _follow(self, robot: str) -> None:
        events, decisions = topics.best_effort(10), topics.best_effort(DECISIONS_KEPT)
        self._of_robot(msg.ExecutorStatus, robot, topics.EXECUTOR_STATUS, self._on_executor, topics.latched())
        self._of_robot(msg.Decision, robot, topics.DECISION, self._on_decision, decisions)
        self._of_robot(msg.EpisodeStatus, robot, topics.EPISODE_STATUS, self._on_episode, events)
        self._of_robot(msg.OperatorEvent, robot, topics.OPERATOR_EVENT, self._on_operator, events)
        for camera in self._run.cameras:
            topic = topics.of_robot(robot, topics.observation_image(camera))
            self._listen(Image, topic, partial(self._on_image, robot, camera), topics.best_effort())

    def _of_robot(self, kind: Any, robot: str, name: str, callback: Callable[[Any], None], quality: Any) -> None:
        """Listen to a topic whose messages say which run and robot they are of."""
        ours = (self._run.run_id, robot)

        def take(message: Any) -> None:
            if (message.run_id, message.robot) == ours:
                callback(message)

        self._listen(kind, topics.of_robot(robot, name), take, quality)

    def _listen(self, kind: Any, topic: str, callback: Callable[[Any], None], quality: Any, **options: Any) -> None:
        def guarded(message: Any) -> None:
            try:
                callback(message)
            except InvalidRequest as error:
                self.view.diagnostic(DiagnosticValue(Level.WARN, f"view: {topic}", f"dropped: {excerpt(str(error))}"))

        quiet = {**topics.unwatched(), **options}
        self._subscriptions.append(self._node.create_subscription(kind, topic, guarded, quality, **quiet))

    def _on_learner(self, message: msg.LearnerStatus) -> None:
        if message.run_id == self._run.run_id:
            self.view.learner(values.learner_value(message, self._run.robots))

    def _on_liveliness(self, event: QoSLivelinessChangedInfo) -> None:
        self.view.learner_alive(event.alive_count > 0)

    def _on_executor(self, message: msg.ExecutorStatus) -> None:
        self.view.executor(values.executor_value(message))

    def _on_decision(self, message: msg.Decision) -> None:
        self.view.decision(values.decision_value(message))

    def _on_episode(self, message: msg.EpisodeStatus) -> None:
        self.view.episode(values.episode_value(message))

    def _on_operator(self, message: msg.OperatorEvent) -> None:
        said = values.operator_value(message)
        if said is not None:
            self.view.operator(said)

    def _on_image(self, robot: str, camera: str, message: Image) -> None:
        self.view.image(robot, camera, image_of(message))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for value in values.diagnostic_values(message):
            self.view.diagnostic(value)
