"""The services of a run over real DDS: a client in another node, the real learner, and a double of its steering."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from builders import make_config
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from real_nodes import real_node
from std_srvs.srv import Trigger
from test_monitor import spin_until

from dsrl_core.run.metrics import read_metrics
from dsrl_ros import msg
from dsrl_ros.app.monitor import Monitor
from dsrl_ros.interface import topics
from dsrl_ros.interface.exit_codes import STOPPED

DOMAIN = f"{100 + os.getpid() % 100}"  # beyond those that runs take


class World:
    """The learner, a client, and what steering would say."""

    def __init__(self, learner: Any, folder: Any) -> None:
        self.learner, self.folder, self.run_id = learner, folder, learner.config.run_id
        self.node = Node("client")
        self.executor = SingleThreadedExecutor()
        for node in (learner, self.node):
            self.executor.add_node(node)
        self.status = msg.LearnerStatus()
        qos = topics.latched()
        self.node.create_subscription(
            msg.LearnerStatus, topics.run_topic(self.run_id, "learner_status"), self._on_status, qos
        )
        self.steering = self.node.create_publisher(msg.SteeringStatus, "/robot0/steering_status", qos)

    def call(self, name: str) -> Trigger.Response:
        client = self.node.create_client(Trigger, topics.run_topic(self.run_id, name))
        spin_until(self.executor, client.service_is_ready)
        future = client.call_async(Trigger.Request())
        spin_until(self.executor, future.done)
        answer = future.result()
        assert answer is not None
        return answer

    def rests(self, **changes: Any) -> None:
        """Steering says that it has heard of all and plays nothing, but for `changes`."""
        given = self.learner._control.directives.given
        self.steering.publish(
            msg.SteeringStatus(**{"run_id": self.run_id, "robot": "robot0", "directives": given, **changes})
        )

    def heard(self, **wanted: Any) -> bool:
        return all(getattr(self.status, name) == value for name, value in wanted.items())

    def _on_status(self, message: msg.LearnerStatus) -> None:
        self.status = message


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("ROS_DOMAIN_ID", DOMAIN)
    with real_node("learner", tmp_path / "run") as (learner, folder):
        made = World(learner, folder)
        yield made
        made.node.destroy_node()


def test_a_run_is_paused_saved_resumed_and_ended_by_its_services(world: World) -> None:
    paused = world.call("pause")
    assert paused.success
    assert paused.message == "the run is paused; the service resume goes on"
    spin_until(world.executor, lambda: world.heard(paused=True, ending=False, directives=1))
    assert not world.call("pause").success
    saved = world.call("save_checkpoint")
    assert saved.success
    assert Path(saved.message).is_file()
    assert world.call("resume").success
    spin_until(world.executor, lambda: world.heard(paused=False, directives=2))
    world.rests(playing=True, episode=3)
    spin_until(world.executor, lambda: world.learner._control._robots["robot0"].episode == 3)
    assert world.call("stop_after_episode").message == "the run ends after episode 3 of robot0, and can be resumed"
    spin_until(world.executor, lambda: world.heard(ending=True, directives=3))
    world.learner.work()
    assert not world.learner.complete
    world.rests()
    spin_until(world.executor, lambda: world.learner._control.ended)
    world.learner.work()
    assert (world.learner.complete, world.learner.exit_code) == (True, STOPPED)
    spin_until(world.executor, lambda: world.heard(state="stopped"))
    events = [line for line in read_metrics(world.folder.metrics) if line["kind"] == "event"]
    assert [line["what"] for line in events] == ["paused", "unpaused", "ending", "stopped"]
    assert events[-1]["reason"] == "stop_after_episode"


def test_a_steering_of_another_run_says_nothing_of_this_one(world: World) -> None:
    world.call("stop_after_episode")
    world.rests(run_id="theirs")
    world.rests(robot="robot7")
    spin_until(world.executor, lambda: "run SteeringStatus" not in world.learner.foreign.last != "")
    assert not world.learner._control.at_rest


def test_the_person_at_the_terminal_is_told_and_how_it_goes_on() -> None:
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=int(DOMAIN))
    config = make_config()
    monitor = Monitor(config, context)
    deliver = {each.topic_name: each.callback for each in monitor.subscriptions}
    ours = {"run_id": config.run_id, "robots": ["robot0"], "last_episode": [0]}
    ours |= {"last_train_episode": [0], "dropped": [0]}
    for flags, halted in (
        ({}, ""),
        ({"paused": True}, "paused (robot0 plays episode 3 to its end); goes on with: ros2 service call /run/resume"),
        ({"paused": True, "ending": True}, "ending, as stop_after_episode asked (robot0 plays episode 3 to its end)"),
    ):
        deliver["/robot0/steering_status"](msg.SteeringStatus(run_id="run", robot="robot0", playing=True, episode=3))
        deliver["/run/learner_status"](msg.LearnerStatus(**ours, **flags))
        assert monitor.snapshot().halted.startswith(halted)
        assert bool(monitor.snapshot().halted) == bool(halted)
    deliver["/robot0/steering_status"](msg.SteeringStatus(run_id="run", robot="robot0", episode=3))
    assert monitor.snapshot().halted == "ending, as stop_after_episode asked"
    monitor.destroy_node()
    rclpy.shutdown(context=context)
