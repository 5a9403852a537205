"""What the person at the terminal is told, by a monitor that hears real messages."""

import os
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
import rclpy
from builders import make_config
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher

from dsrl_ros import msg
from dsrl_ros.app.monitor import Monitor
from dsrl_ros.interface import topics

DOMAIN = 100 + os.getpid() % 100  # beyond those that runs take
CONFIG = make_config()


@pytest.fixture
def context() -> Iterator[Context]:
    made = Context()
    rclpy.init(context=made, domain_id=DOMAIN)
    yield made
    rclpy.shutdown(context=made)


def learner(node: Node) -> Publisher:
    qos = topics.alive(topics.latched(), topics.LEARNER_LEASE_S)
    return node.create_publisher(msg.LearnerStatus, topics.run_topic(CONFIG.run_id, "learner_status"), qos)


def spin_until(executor: SingleThreadedExecutor, condition: Callable[[], bool], patience_s: float = 20.0) -> None:
    until = monotonic() + patience_s
    while not condition():
        assert monotonic() < until
        executor.spin_once(timeout_sec=0.05)


def test_a_silent_learner_is_what_the_run_waits_for(context: Context) -> None:
    monitor, node = Monitor(CONFIG, context), Node("learner", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(monitor)
    publisher = learner(node)
    publisher.publish(msg.LearnerStatus(run_id=CONFIG.run_id, state="training", gradient_steps_due=40))
    spin_until(executor, lambda: monitor.snapshot().waiting_for == "40 gradient steps")
    node.destroy_publisher(publisher)
    spin_until(executor, lambda: monitor.snapshot().waiting_for.startswith("the learner, silent for"))
    again = learner(node)
    again.publish(msg.LearnerStatus(run_id=CONFIG.run_id, state="training", gradient_steps_due=20))
    spin_until(executor, lambda: monitor.snapshot().waiting_for == "20 gradient steps")
    monitor.destroy_node()
    node.destroy_node()


def test_foreign_and_malformed_statuses_are_dropped(context: Context) -> None:
    monitor = Monitor(CONFIG, context)
    deliver = {each.topic_name: each.callback for each in monitor.subscriptions}
    sound = {"run_id": CONFIG.run_id, "robots": ["robot0"], "last_train_episode": [0], "dropped": [0]}
    status = msg.LearnerStatus(gradient_steps_due=40, last_episode=[0], **sound)
    on_learner, on_executor = deliver[f"/{CONFIG.run_id}/learner_status"], deliver["/robot0/executor_status"]
    on_learner(status)
    on_learner(msg.LearnerStatus(run_id="theirs", gradient_steps_due=7))
    on_learner(msg.LearnerStatus(last_episode=[0, 1], gradient_steps_due=7, **sound))
    held = {"state": msg.ExecutorStatus.HOLD, "reason": "of another run"}
    on_executor(msg.ExecutorStatus(run_id="theirs", robot="robot0", **held))
    on_executor(msg.ExecutorStatus(run_id=CONFIG.run_id, robot="robot1", **held))
    on_executor(msg.ExecutorStatus(run_id=CONFIG.run_id, robot="robot0", state=99, reason="unknown"))
    assert monitor.snapshot().waiting_for == "40 gradient steps"
    monitor.destroy_node()


@pytest.mark.parametrize(("played", "waiting"), [(True, "episode 3 of robot0 (train 2)"), (False, "")])
def test_where_a_bag_is_played_the_next_episode_is_waited_for(context: Context, played: bool, waiting: str) -> None:
    monitor = Monitor(CONFIG, context, played)
    deliver = {each.topic_name: each.callback for each in monitor.subscriptions}[f"/{CONFIG.run_id}/learner_status"]
    deliver(msg.LearnerStatus(run_id=CONFIG.run_id, state="waiting", awaits="episode 3 of robot0 (train 2)"))
    assert monitor.snapshot().waiting_for == waiting
    deliver(msg.LearnerStatus(run_id=CONFIG.run_id, state="finishing"))
    assert monitor.snapshot().waiting_for == "the report"
    monitor.destroy_node()
