"""A run's topics and services as its nodes have them, from one node, for a panel that looks on."""

from threading import Event
from time import monotonic
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import Empty
from std_srvs.srv import Trigger

from dsrl_core.config.run import RunConfig
from dsrl_core.view.buttons import RUN
from dsrl_ros import msg
from dsrl_ros.interface import topics

CAMERA, EPISODE = "front", 7
SAY_S = 0.1
DEAF_S = 30.0


class Stage(Node):
    """Says again and again, while `say` is called, what the nodes of a run say in the midst of training."""

    def __init__(self, config: RunConfig) -> None:
        super().__init__("stage", use_global_arguments=False, start_parameter_services=False)
        self.config, self.paused, self.said_s, self.decision = config, False, 0.0, 0
        self.events: list[tuple[int, int]] = []
        self.calls: list[str] = []
        self.deaf = Event()  # cleared: services take long
        self.deaf.set()
        self.state = msg.ExecutorStatus(run_id=config.run_id, robot="robot0", episode=EPISODE, state=1, actions=90)
        run, robot = config.run_id, "robot0"
        alive = topics.asserting(topics.latched(), topics.LEARNER_LEASE_S)
        self._learner = self.create_publisher(msg.LearnerStatus, topics.run_topic(run, "learner_status"), alive)
        self._alive = self.create_publisher(Empty, topics.steering_alive(run, robot), topics.reliable())
        status = topics.of_robot(robot, topics.EXECUTOR_STATUS)
        self._executor = self.create_publisher(msg.ExecutorStatus, status, topics.latched())
        decisions = topics.of_robot(robot, topics.DECISION)
        self._decisions = self.create_publisher(msg.Decision, decisions, topics.reliable(10))
        image = topics.of_robot(robot, topics.observation_image(CAMERA))
        self._images = self.create_publisher(Image, image, topics.reliable())
        self._diagnostics = self.create_publisher(DiagnosticArray, topics.DIAGNOSTICS, topics.reliable(10))
        events = topics.of_robot(robot, topics.OPERATOR_EVENT)
        self.create_subscription(msg.OperatorEvent, events, self._on_event, topics.reliable(10))
        group = ReentrantCallbackGroup()
        self._offered = [
            self.create_service(Trigger, topics.run_topic(run, name), self._serving(name), callback_group=group)
            for name in RUN
        ]

    def say(self) -> None:
        """Publish one of each, ten times a second at most."""
        if monotonic() - self.said_s < SAY_S:
            return
        self.said_s, self.decision = monotonic(), self.decision + 1
        self._learner.publish(self._learner_status())
        self._executor.publish(self.state)
        identity: dict[str, Any] = {"run_id": self.config.run_id, "robot": "robot0", "episode": EPISODE}
        hops = {"observe_ms": 3.0, "actor_ms": 1.0, "policy_ms": 6.0, "total_ms": 12.0}
        chosen = {"group": "train", "noise_source": "actor_sample", "noise_norm": 0.8, "params_version": 40, "q": 1.5}
        self._decisions.publish(msg.Decision(decision=self.decision, **identity, **chosen, **hops))
        shape = {"height": 16, "width": 16, "step": 48, "encoding": "rgb8"}
        self._images.publish(Image(data=np.full(16 * 48, self.decision % 256, np.uint8).tobytes(), **shape))

    def hold(self, reason: str) -> None:
        """The executor stops its output."""
        self.state.state, self.state.reason = msg.ExecutorStatus.HOLD, reason

    def close_services(self) -> None:
        for service in self._offered:
            self.destroy_service(service)
        self._offered.clear()

    def _learner_status(self) -> msg.LearnerStatus:
        groups = {"group_robots": ["robot0"] * 2, "group_names": ["base_repeated", "train"], "group_episodes": [1, 2]}
        counts = {name: [0, 0] for name in ("group_to_clone", "group_transitions", "group_versions")}
        return msg.LearnerStatus(
            run_id=self.config.run_id,
            state="training",
            robots=["robot0"],
            last_episode=[2],
            last_train_episode=[2],
            dropped=[0],
            transitions=30,
            gradient_steps=40,
            paused=self.paused,
            group_successes=[0, 1],
            group_next_indices=[1, 2],
            **groups,
            **counts,
        )

    def _on_event(self, message: msg.OperatorEvent) -> None:
        self.events.append((message.kind, message.episode))

    def _serving(self, name: str) -> Any:
        def serve(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            self.deaf.wait(DEAF_S)
            self.calls.append(name)
            if name == "save_checkpoint":
                response.success, response.message = True, f"checkpoint {len(self.calls)}"
            elif name == "pause" and self.paused:
                response.message = "the run is paused already"
            else:
                self.paused = name == "pause"
                response.success, response.message = True, f"the run is paused after episode {EPISODE}"
            return response

        return serve
