"""What goes wrong around an arm's processes: each is told, the arm comes to rest, and the next episode moves it."""

from collections.abc import Iterator
from time import monotonic, time_ns

import pytest
import rclpy
from arm_graph import ArmGraph, arm_graph
from trajectory_msgs.msg import JointTrajectory

from dsrl_core.acting.execution.robot_end import interface as ports
from dsrl_ros.interface import topics
from dsrl_ros.interface.exit_codes import INTERRUPTED
from dsrl_ros.msg import EpisodeStatus, ExecutorStatus


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArmGraph]:
    with arm_graph(tmp_path_factory.mktemp("arm") / "run") as made:
        yield made


def dropped_since(arm: ArmGraph, at_s: float) -> list[str]:
    return [news.reason for when, news in arm.watcher.news if when >= at_s and news.state == EpisodeStatus.FAILED]


def test_a_joystick_that_is_unplugged_with_its_dead_man_held(arm: ArmGraph) -> None:
    arm.moving()
    arm.plugged, at_s = False, monotonic()
    status = arm.held("the dead-man is not held", at_s)
    assert status.state == ExecutorStatus.HOLD
    fell_silent = lambda: any("the joystick fell silent" in text for text in arm.notices)  # noqa: E731
    assert arm.watcher.until(fell_silent, 10), arm.notices
    arm.plugged = True
    arm.moving()


def test_steering_that_dies(arm: ArmGraph) -> None:
    arm.moving()
    at_s = monotonic()
    arm.steer(False)
    status = arm.held("steering is silent", at_s)
    assert status.state == ExecutorStatus.HOLD
    arm.steer(True)
    arm.moving()


def test_a_second_sender_of_trajectories(arm: ArmGraph) -> None:
    arm.moving()
    at_s = monotonic()
    other = rclpy.create_node("teleop", context=arm.watcher.node.context)
    other.create_publisher(JointTrajectory, ports.TRAJECTORY.name, topics.reliable())
    status = arm.held("another node commands the arm", at_s)
    assert f"/teleop on {ports.TRAJECTORY.name}; end it, then confirm" in status.reason
    assert any("another node commands the arm" in reason for reason in dropped_since(arm, at_s))
    other.destroy_node()
    arm.moving()


@pytest.mark.parametrize(
    ("fault", "words"), [("user_stop", "the user stop is pressed"), ("joints_nan 1", "no joint states")]
)
def test_a_fault_of_the_robot_end(arm: ArmGraph, fault: str, words: str) -> None:
    arm.moving()
    at_s = arm.watcher.fault(fault)
    arm.held(words, at_s)
    assert arm.watcher.until(lambda: bool(dropped_since(arm, at_s)), 10)
    arm.moving()


def test_ctrl_c_in_motion_rests_first(arm: ArmGraph) -> None:
    """Last: it ends the processes. The executor ends when the arm rests, and the robot end after it."""
    arm.moving()
    asked_ns = time_ns()
    ended = arm.stop()
    assert asked_ns < arm.rests_ns, "it moved when it was asked to end"
    assert arm.rests_ns < ended["executor"] < ended["drivers"], ended
    assert arm.watcher.statuses[-1][1].reason == "the executor ends"
    assert arm.codes() == dict.fromkeys(("executor", "operator", "drivers"), INTERRUPTED), arm.logs()
