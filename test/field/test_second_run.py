"""A second run in the same DDS domain ends at once and says why; the one that was there first goes on."""

import os
import re
from pathlib import Path
from time import monotonic, sleep

import pytest
import rclpy
from graphs import QUICK, GraphRun
from rclpy.executors import SingleThreadedExecutor

from dsrl_ros.interface import topics
from dsrl_ros.msg import ExecutorStatus, LearnerStatus

pytestmark = pytest.mark.slow
DOMAIN = 120 + os.getpid() % 80  # beyond those that runs take


def test_a_foreign_message_does_not_end_a_run_but_a_second_graph_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(DOMAIN))
    monkeypatch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA")
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    run = GraphRun(tmp_path / "run", "--episodes=50", *QUICK)
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node("stranger", context=context)
    learners = node.create_publisher(LearnerStatus, topics.run_topic("run", "learner_status"), topics.latched())
    executors = node.create_publisher(ExecutorStatus, "/robot0/executor_status", topics.latched())
    spinner = SingleThreadedExecutor(context=context)
    spinner.add_node(node)
    run.wait_until(lambda: run.settled() >= 1, "a settled episode")
    for _ in range(20):
        learners.publish(LearnerStatus(run_id="theirs", robots=["robot0"], last_episode=[7, 8]))
        learners.publish(LearnerStatus(run_id="run", robots=["robot0"], last_episode=[7, 8]))
        executors.publish(ExecutorStatus(run_id="theirs", robot="robot0", state=ExecutorStatus.HOLD))
        spinner.spin_once(0.02)
    settled = run.settled()
    run.wait_until(lambda: run.settled() > settled, "another episode")
    other = [rclpy.create_node(name, context=context, namespace="/robot0") for name in ("steering", "executor")]
    began_s = monotonic()
    while run.process.poll() is None and monotonic() < began_s + 60:
        executors.publish(ExecutorStatus(run_id="theirs", robot="robot0"))
        sleep(0.1)
    code, output = run.finish(20)
    for each in (node, *other):
        each.destroy_node()
    rclpy.shutdown(context=context)
    assert code == 1
    words = (
        rf"another run is alive in the DDS domain {DOMAIN} \(ROS_DOMAIN_ID\): node (steering|executor) is there twice"
    )
    assert re.search(words, output), output
    assert "unset ROS_DOMAIN_ID" in output
    assert not run.left_over()
