"""The adapter beside franka_ros2's drivers: fakes of their packages on one side, the plain topics on the other."""

import importlib

import pytest
import rclpy
from doubles.franka_packages import CANCELED, GRIPPER_ERROR, SUCCEEDED, Goal, installed
from franka_rig import GRASP, MOVE, STOP
from std_srvs.srv import Trigger

from dsrl_core.acting.execution.robot_end import interface
from dsrl_core.acting.execution.robot_end.interface import RobotMode
from dsrl_core.errors import DsrlError
from dsrl_ros.interface.robot_end import quality_of
from dsrl_ros.robot_ends.franka_ros2 import adapter_node
from dsrl_ros.robot_ends.franka_ros2.adapter_node import HOME_GRIPPER, FrankaAdapter


def test_without_the_drivers_workspace_it_says_what_to_source():
    rclpy.init()
    try:
        with pytest.raises(DsrlError, match=r"franka_msgs cannot be imported .*install/setup.bash"):
            FrankaAdapter()
    finally:
        rclpy.shutdown()


def test_nothing_but_the_adapter_itself_imports_the_drivers_packages():
    loaded = importlib.import_module(adapter_node.__name__)
    assert loaded.FrankaAdapter
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("franka_msgs")


def test_a_close_is_one_grasp_of_anything_however_often_it_is_wished(rig):
    for _ in range(30):
        rig.close(True)
        rig.run(0.1)
    assert rig.sent() == [GRASP]
    goal = rig.drivers.last(GRASP).goal
    assert (goal.width, goal.speed, goal.force) == (0.0, 0.1, 30.0)
    assert (goal.epsilon.inner, goal.epsilon.outer) == (0.08, 0.08)


def test_turning_round_stops_first(rig):
    rig.close(True)
    rig.run(1.0)
    rig.close(False)
    rig.run(0.05)
    assert rig.sent() == [GRASP, STOP]
    rig.drivers.last(GRASP).result.set_result(CANCELED)
    rig.run(1.0)
    assert rig.sent() == [GRASP, MOVE, STOP]
    assert (rig.drivers.last(MOVE).goal.width, rig.drivers.last(MOVE).goal.speed) == (0.08, 0.1)
    rig.drivers.last(MOVE).result.set_result(SUCCEEDED)
    rig.run(1.0)
    assert rig.words()["franka: gripper"] == (0, "no trouble")


def test_a_stuck_gripper_is_an_error_until_it_ends(rig):
    rig.close(True)
    rig.run(3.2)
    level, text = rig.words()["franka: gripper"]
    assert level == 2
    assert "not ended to close for 3 s" in text
    rig.drivers.last(GRASP).result.set_result(SUCCEEDED)
    rig.run(0.1)
    assert rig.words()["franka: gripper"] == (0, "no trouble")


def test_a_gripper_that_fails_is_told_with_the_drivers_words(rig):
    rig.close(True)
    rig.run(0.1)
    rig.drivers.last(GRASP).result.set_result(GRIPPER_ERROR)
    rig.run(0.1)
    assert rig.words()["franka: gripper"][1] == "the gripper failed to close: libfranka gripper: blocked"


def test_a_gripper_that_nobody_started_is_told_and_commanded_once_it_is_there(rig):
    rig.drivers.absent.add(GRASP)
    rig.close(True)
    rig.run(0.6)
    assert "load_gripper:=true" in rig.words()["franka: gripper"][1]
    rig.drivers.absent.clear()
    rig.run(0.6)
    assert rig.sent() == [GRASP]


def test_a_stop_that_fails_sends_nothing_into_the_motion(rig):
    rig.drivers.stops = False
    rig.close(True)
    rig.run(1.0)
    rig.close(False)
    rig.run(2.0)
    assert MOVE not in rig.sent()
    assert "no connection" in rig.words()["franka: gripper"][1]


def test_homing_is_asked_for_by_a_service(rig):
    callback = next(each.callback for each in rig.node.services if each.srv_name == HOME_GRIPPER)
    assert callback(Trigger.Request(), Trigger.Response()).success
    rig.run(0.1)
    assert rig.sent() == ["/franka_gripper/homing"]
    answer = callback(Trigger.Request(), Trigger.Response())
    assert not answer.success
    assert "busy" in answer.message


def test_mode_and_activity_are_told_at_once_and_every_second(rig):
    rig.run(0.05)
    assert (rig.last(interface.MODE), rig.last(interface.ACTIVE)) == (RobotMode.MOVE, True)
    count = len(rig.out[interface.MODE.name])
    rig.run(3.0)
    assert 2 <= len(rig.out[interface.MODE.name]) - count <= 4
    rig.run(0.05, RobotMode.USER_STOPPED)
    assert rig.last(interface.MODE) == RobotMode.USER_STOPPED
    assert "release the user stop" in rig.words()["franka: robot"][1]


def test_a_reflex_that_only_shows_as_silence_is_told_and_its_errors_named(rig):
    rig.run(1.0)
    rig.drivers.robot(RobotMode.REFLEX, "joint_velocity_violation")
    rig.node.tick()
    rig.drivers.reflex()
    rig.run(0.5, None)
    assert (rig.last(interface.MODE), rig.last(interface.ACTIVE)) == (RobotMode.OTHER, False)
    rig.run(1.0, None)
    level, text = rig.words()["franka: robot"]
    assert level == 2
    assert "joint_velocity_violation" in text
    assert "FrankaHardwareInterface (unconfigured)" in text


def test_a_controller_that_is_switched_off_is_seen_though_the_state_goes_on(rig):
    rig.run(0.5)
    rig.drivers.controllers["joint_trajectory_controller"] = "inactive"
    rig.drivers.activity()
    rig.run(0.05)
    assert rig.last(interface.ACTIVE) is False


def test_the_drivers_are_left_alone_after_a_reflex_until_a_person_asks(rig):
    rig.drivers.reflex()
    rig.run(20.0, None)
    assert {name.rpartition("/")[2] for name, _ in rig.drivers.calls} == {
        "list_hardware_components",
        "list_controllers",
    }
    assert rig.drivers.goals == []


def test_the_plain_topics_have_their_quality_of_service():
    profiles = {port.name: quality_of(port) for port in interface.PORTS if port.way != "service"}
    assert profiles[interface.MODE.name].durability.name == "TRANSIENT_LOCAL"
    assert profiles[interface.JOINTS.name].reliability.name == "BEST_EFFORT"
    assert profiles[interface.CLOSE.name].reliability.name == "RELIABLE"


def test_the_fakes_refuse_fields_that_the_real_messages_lack():
    with installed(), pytest.raises(AttributeError, match="no field 'speeed'"):
        importlib.import_module("franka_msgs.action").Move.Goal(speeed=1.0)
    assert Goal("a", None).handle.accepted
