"""The script that moves one joint for the first time: slow, at rest where it turns, and only when it is told to."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_ros.app.domain import take_domain
from dsrl_ros.interface import topics

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "move_one_joint.py"
NAMES = [f"fr3_joint{number}" for number in range(1, 8)]


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("move_one_joint", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_controller_that_takes_quintics_stays_at_the_speed(script):
    start = np.linspace(-1, 1, 7)
    track, still = Track(start), np.zeros(7)
    points = script.there_and_back(list(start), 3)
    track.replace(0.0, [Knot(at_s, np.array(q), still) for at_s, q in points])
    samples = [track.sample(t) for t in np.linspace(0, points[-1][0] + 0.1, 4000)]
    moved = np.array([q for q, _, _ in samples]) - start
    assert np.abs([v for _, v, _ in samples]).max() == pytest.approx(script.SPEED, rel=1e-3)
    assert (moved[:, 3].max(), moved[:, 3].min()) == (pytest.approx(0.1, abs=1e-4), pytest.approx(-0.1, abs=1e-4))
    assert not np.delete(moved, 3, axis=1).any()
    assert moved[-1, 3] == pytest.approx(0)


class Arm:
    """Joint states of an arm and its gripper, and the trajectories that reach it."""

    def __init__(self, domain: int) -> None:
        self.domain = domain
        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = rclpy.create_node("arm", context=self.context)
        self.states = self.node.create_publisher(JointState, "/franka/joint_states", topics.best_effort(10))
        self.heard: list[JointTrajectory] = []
        self.node.create_subscription(
            JointTrajectory, "/joint_trajectory_controller/joint_trajectory", self.heard.append, topics.reliable()
        )
        self.node.create_timer(0.02, self.publish)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)

    def publish(self) -> None:
        names = [*NAMES, "fr3_finger_joint1"]
        self.states.publish(JointState(name=names, position=[0.1 * number for number in range(8)]))

    def run(self, *words: str) -> tuple[int, str]:
        script = subprocess.Popen(
            [sys.executable, str(SCRIPT), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "ROS_DOMAIN_ID": str(self.domain)},
        )
        until_s = monotonic() + 60.0
        while script.poll() is None and monotonic() < until_s:
            self.executor.spin_once(timeout_sec=0.05)
        output, _ = script.communicate(timeout=10)
        return script.returncode, output


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Arm]:
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    domain, lock = take_domain()
    made = Arm(domain)
    yield made
    made.node.destroy_node()
    rclpy.shutdown(context=made.context)
    lock.close()


def test_it_only_says_what_it_would_do_unless_it_is_told_to_move(arm):
    code, output = arm.run("fr3_joint7")
    assert (code, arm.heard) == (0, [])
    assert "would move fr3_joint7 from 0.600 rad" in output
    code, output = arm.run("fr3_joint8", "--move")
    assert (code, arm.heard) == (2, [])
    assert "no joint" in output
    assert "finger" not in output


@pytest.mark.slow
def test_it_sends_one_trajectory_and_says_where_the_joint_is(arm):
    code, output = arm.run("fr3_joint7", "--move")
    assert code == 0
    assert "fr3_joint7 is +0.0000 rad from where it was" in output
    (message,) = arm.heard
    assert list(message.joint_names) == NAMES
    assert len(message.points) == 3
    assert message.header.stamp.sec > 0
    assert all(not any(point.velocities) and len(point.accelerations) == 7 for point in message.points)


def test_it_does_not_move_an_arm_that_another_program_commands(arm):
    arm.node.create_publisher(JointTrajectory, "/joint_trajectory_controller/joint_trajectory", 1)
    code, output = arm.run("fr3_joint7", "--move")
    assert (code, arm.heard) == (1, [])
    assert "1 others publish" in output
