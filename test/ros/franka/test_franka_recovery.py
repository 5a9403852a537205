"""Recovery of an arm after a reflex: asked for by a person, step by step, with what failed in its words."""

from time import monotonic

import rclpy
from franka_rig import Rig
from rclpy.executors import SingleThreadedExecutor
from std_srvs.srv import Trigger

from dsrl_core.acting.execution.robot_end import interface
from dsrl_core.acting.execution.robot_end.interface import RobotMode


def recover(rig: Rig, seconds: float, mode: int | None = RobotMode.MOVE) -> Trigger.Response:
    """Ask over DDS, and tick until the answer."""
    caller = rclpy.create_node("person")
    executor = SingleThreadedExecutor()
    executor.add_node(rig.node)
    executor.add_node(caller)
    client = caller.create_client(Trigger, interface.RECOVERY.name)
    assert client.wait_for_service(20.0)
    future, until_s = client.call_async(Trigger.Request()), monotonic() + 20.0
    ticks = 0
    while not future.done() and monotonic() < until_s:
        if rig.node._recovery.running and ticks < seconds * 20:
            ticks += 1
            rig.run(0.05, mode)
        elif not rig.node._recovery.running:
            rig.node.tick()
        executor.spin_once(timeout_sec=0.01)
    executor.remove_node(rig.node)
    caller.destroy_node()
    assert future.done(), "no answer"
    return future.result()


def test_recovery_goes_its_three_steps_and_answers_when_the_arm_is_ready(rig):
    rig.run(0.5)
    rig.drivers.reflex()
    rig.run(0.5, None)
    answer = recover(rig, 5.0)
    assert (answer.success, answer.message) == (True, "the arm is ready")
    assert rig.drivers.goals[0].name == "/action_server/error_recovery"
    asked = [name.rpartition("/")[2] for name, _ in rig.drivers.calls if "list_" not in name]
    assert asked == ["set_hardware_component_state", "switch_controller"]
    assert set(rig.drivers.controllers.values()) == {"active"}
    rig.run(0.1)
    assert rig.last(interface.ACTIVE) is True


def test_recovery_switches_only_what_is_off(rig):
    rig.drivers.controllers["joint_trajectory_controller"] = "inactive"
    rig.drivers.activity()
    rig.run(0.2)
    assert recover(rig, 5.0).success
    (request,) = [request for name, request in rig.drivers.calls if name.endswith("switch_controller")]
    assert request.activate_controllers == ["joint_trajectory_controller"]


def test_a_recovery_that_the_robot_refuses_begins_no_further_step(rig):
    rig.drivers.reflex()
    rig.drivers.recovers = False
    answer = recover(rig, 5.0, None)
    assert not answer.success
    assert answer.message.startswith("failed to clear the robot's errors: the robot refused")
    assert not [name for name, _ in rig.drivers.calls if "list_" not in name]


def test_an_arm_that_stays_in_reflex_though_every_step_succeeded_is_not_ready(rig):
    rig.drivers.reflex()
    answer = recover(rig, 5.0, RobotMode.REFLEX)
    assert not answer.success
    assert answer.message == "failed to see that the arm is ready: no answer for 3 s"


def test_a_controller_that_is_not_loaded_is_named_with_the_command_that_loads_it(rig):
    rig.drivers.reflex()
    del rig.drivers.controllers["joint_trajectory_controller"]
    answer = recover(rig, 5.0, None)
    assert "spawner joint_trajectory_controller" in answer.message


def test_a_service_that_never_answers_ends_the_recovery(rig):
    rig.drivers.reflex()
    rig.drivers.mute.add("/controller_manager/set_hardware_component_state")
    answer = recover(rig, 15.0, None)
    assert answer.message == "failed to switch the hardware on: no answer for 10 s"


def test_recovery_waits_for_the_person_who_holds_the_user_stop(rig):
    rig.run(0.1, RobotMode.USER_STOPPED)
    answer = recover(rig, 1.0)
    assert "release it first" in answer.message
    assert rig.drivers.goals == []
