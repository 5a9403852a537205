"""An observer fills a run's view by real topics, and its buttons call real services."""

import os
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import numpy as np
import pytest
import rclpy
from builders import make_config
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_srvs.srv import SetBool, Trigger

from dsrl_core.view.buttons import OPERATOR, RUN
from dsrl_core.view.values import Level, WatchedRun
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import image_message
from dsrl_ros.view.buttons import Buttons
from dsrl_ros.view.finding import runs_among, runs_heard
from dsrl_ros.view.observer import Observer

DOMAIN = 100 + os.getpid() % 100  # beyond those that runs take
CONFIG = make_config()
RUN_ID, ROBOT, CAMERA = CONFIG.run_id, CONFIG.robots[0], next(iter(CONFIG.platform.observation.cameras))
WATCHED = WatchedRun(RUN_ID, (ROBOT,), (CAMERA,), True, CONFIG)
OURS = {"run_id": RUN_ID, "robot": ROBOT}


class World:
    """A node that plays the run and one that looks on, both spun here."""

    def __init__(self, context: Context) -> None:
        self.run, self.viewer = Node("run", context=context), Node("viewer", context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.run)
        self._executor.add_node(self.viewer)

    def end(self) -> None:
        """Take both nodes out of the domain: without it they are heard until Python collects them."""
        self._executor.shutdown()
        self.run.destroy_node()
        self.viewer.destroy_node()

    def until(self, condition: Callable[[], Any], patience_s: float = 60.0) -> None:
        end = monotonic() + patience_s
        while not condition():
            assert monotonic() < end
            self._executor.spin_once(timeout_sec=0.05)

    def publish(self, message: Any, topic: str, quality: Any = None) -> None:
        """Publish `message` once somebody listens."""
        publisher = self.run.create_publisher(type(message), topic, quality or topics.reliable(10))
        self.until(lambda: publisher.get_subscription_count() > 0)
        publisher.publish(message)


@pytest.fixture
def world() -> Iterator[World]:
    context = Context()
    rclpy.init(context=context, domain_id=DOMAIN)
    made = World(context)
    yield made
    made.end()
    rclpy.shutdown(context=context)


def of_robot(name: str) -> str:
    return topics.of_robot(ROBOT, name)


def status(**fields: Any) -> msg.LearnerStatus:
    robots = {"robots": [ROBOT], "last_episode": [0], "last_train_episode": [0], "dropped": [2]}
    return msg.LearnerStatus(run_id=RUN_ID, state="training", **robots, **fields)


def test_every_topic_of_a_run_is_in_its_view(world: World) -> None:
    observer = Observer(world.viewer, WATCHED)
    lease = topics.asserting(topics.latched(), topics.LEARNER_LEASE_S)
    world.publish(status(gradient_steps=40, transitions=7), topics.run_topic(RUN_ID, "learner_status"), lease)
    held = msg.ExecutorStatus(state=msg.ExecutorStatus.HOLD, reason="steering is silent", **OURS)
    world.publish(held, of_robot(topics.EXECUTOR_STATUS), topics.latched())
    decided = msg.Decision(group="train", q=float("nan"), noise_norm=1.5, total_ms=4.0, **OURS)
    world.publish(decided, of_robot(topics.DECISION))
    world.publish(
        msg.OperatorEvent(kind=msg.OperatorEvent.STOP, source="keys", **OURS), of_robot(topics.OPERATOR_EVENT)
    )
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    world.publish(image_message(picture, 1), of_robot(topics.observation_image(CAMERA)), topics.reliable())
    told = DiagnosticStatus(level=DiagnosticStatus.WARN, name=f"{ROBOT}/camera: dark", message="it is dark")
    world.publish(DiagnosticArray(status=[told]), topics.DIAGNOSTICS)
    view = observer.view
    world.until(lambda: view.snapshot().diagnostics and view.newest_image(ROBOT, CAMERA) and view.snapshot().said)
    world.until(lambda: view.snapshot().decisions and view.snapshot().robots[0].executor is not None)
    world.until(lambda: view.snapshot().buffers.gradient_steps)
    seen = view.snapshot()
    assert (seen.buffers.gradient_steps, seen.buffers.transitions, seen.buffers.dropped) == (40, 7, 2)
    assert seen.robots[0].executor is not None
    assert (seen.robots[0].executor.state, seen.robots[0].executor.reason) == ("HOLD", "steering is silent")
    assert (seen.decisions[0].q, seen.decisions[0].noise_norm, seen.decisions[0].total_ms) == (None, 1.5, 4.0)
    assert (seen.said[0].kind, seen.said[0].source) == ("STOP", "keys")
    assert (seen.diagnostics[0].name, seen.diagnostics[0].level) == (ROBOT, Level.WARN)
    newest = view.newest_image(ROBOT, CAMERA)
    assert newest is not None
    assert (newest[0] == picture).all()


def delivered(observer: Observer, viewer: Node, topic: str, *messages: Any) -> None:
    callback = next(each.callback for each in viewer.subscriptions if each.topic_name == topic)
    for message in messages:
        callback(message)


def test_what_is_anothers_is_passed_over_and_what_is_malformed_is_told(world: World) -> None:
    observer = Observer(world.viewer, WATCHED)
    theirs = {"run_id": "theirs", "robot": ROBOT}
    delivered(observer, world.viewer, of_robot(topics.DECISION), msg.Decision(**theirs))
    delivered(observer, world.viewer, topics.run_topic(RUN_ID, "learner_status"), msg.LearnerStatus(run_id="theirs"))
    assert observer.view.snapshot().decisions == ()
    assert observer.view.snapshot().diagnostics == ()
    lopsided = status()
    lopsided.last_episode = [0, 1]
    delivered(observer, world.viewer, topics.run_topic(RUN_ID, "learner_status"), lopsided)
    delivered(observer, world.viewer, of_robot(topics.EXECUTOR_STATUS), msg.ExecutorStatus(state=99, **OURS))
    delivered(observer, world.viewer, of_robot(topics.EPISODE_STATUS), msg.EpisodeStatus(state=99, **OURS))
    delivered(observer, world.viewer, of_robot(topics.OPERATOR_EVENT), msg.OperatorEvent(kind=99, **OURS))
    camera = of_robot(topics.observation_image(CAMERA))
    delivered(observer, world.viewer, camera, Image(encoding="rgb8", height=9, width=9, step=27))
    (branch,) = observer.view.snapshot().diagnostics
    assert branch.name == "view"
    assert len(branch.statuses) == 5
    assert all(each.value.message.startswith("dropped: ") for each in branch.statuses)
    observer.close()
    assert list(world.viewer.subscriptions) == []


def test_a_button_asks_its_service_and_one_without_a_service_says_so(world: World) -> None:
    asked: list[str] = []

    def serve(name: str, request: Any, response: Any) -> Any:
        asked.append(f"{name} {getattr(request, 'data', '')}".strip())
        response.success, response.message = True, f"{name} was heard"
        return response

    def offer(kind: Any, name: str) -> None:
        world.run.create_service(kind, name, lambda request, response: serve(name, request, response))

    offer(SetBool, of_robot("operator/label"))
    offer(Trigger, topics.run_topic(RUN_ID, "pause"))
    buttons = Buttons(world.viewer, WATCHED)
    world.until(lambda: buttons.offered() == {f"{ROBOT}/success", f"{ROBOT}/failure", "pause"})
    for name, robot in (("success", ROBOT), ("failure", ROBOT), ("pause", "")):
        answer = buttons.press(name, robot)
        world.until(answer.done)
        assert answer.result().success
        assert "was heard" in answer.result().text
    label = of_robot("operator/label")
    assert asked == [f"{label} True", f"{label} False", topics.run_topic(RUN_ID, "pause")]
    for name, robot in (("stop", ROBOT), ("resume", ""), ("arm", "robot7")):
        assert buttons.press(name, robot).result(timeout=1).text == "the run does not offer it"
    late = buttons.press("pause")
    assert not late.cancel(), "an answer that comes late is no error"
    world.until(late.done)
    buttons.close()


def test_a_run_without_a_person_has_clients_of_its_own_services_alone(world: World) -> None:
    buttons = Buttons(world.viewer, WatchedRun(RUN_ID, (ROBOT,), (), False))
    assert len(list(world.viewer.clients)) == len(RUN)
    buttons.close()
    Buttons(world.viewer, WatchedRun(RUN_ID, (ROBOT,), (), None))
    assert len(list(world.viewer.clients)) == len(RUN) + len(OPERATOR) - 1, "success and failure share one"


def test_runs_are_found_by_the_names_of_their_topics(world: World) -> None:
    world.until(lambda: runs_heard(world.viewer) == [])  # those of the tests before go within a moment
    heard = [
        ("/a/learner_status", ["dsrl_ros/msg/LearnerStatus"]),
        ("/a/robot1/steering_alive", ["std_msgs/msg/Empty"]),
        ("/a/robot0/steering_alive", ["std_msgs/msg/Empty"]),
        ("/robot0/observation/images/front", ["sensor_msgs/msg/Image"]),
        ("/robot7/observation/images/other", ["sensor_msgs/msg/Image"]),
        ("/b/learner_status", ["std_msgs/msg/String"]),
    ]
    assert runs_among(heard) == [WatchedRun("a", ("robot0", "robot1"), ("front",))]
