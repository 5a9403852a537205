"""Encoders of an arm: from the values of an action to commands, and what of a contract they refuse."""

from typing import Any

import numpy as np
import pytest
from builders import make_platform

from dsrl_core.acting.execution.arm.kinematics import tool_pose
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.orientation import product, quaternion_of, turn
from dsrl_core.acting.execution.command_encoders import forward_position, joint_trajectory
from dsrl_core.acting.execution.command_encoders import tool_pose as tool_pose_encoder
from dsrl_core.acting.execution.commands import (
    GripperCommand,
    JointPositionsCommand,
    JointTrajectoryCommand,
    ToolPoseCommand,
)
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import ConfigError

ARM = load_arm("fr3")
START_NS = 1_700_000_000_000_000_000  # as clocks of drivers count
PERIOD_NS = round(1e9 / 15)
BOX = {"box_low": [0.0, -0.8, -0.5], "box_high": [0.9, 0.8, 1.2], "table_height": -0.5, "tool_speed": 0.5}


def contract(names: tuple[str, ...] = (*ARM.joints, "gripper"), **arm: Any) -> ActionContract:
    size = len(names)
    action = {"names": list(names), "units": ["1"] * size, "low": [-1.0] * size, "high": [1.0] * size, "rate_hz": 15.0}
    return make_platform({"action": {**action, "arm": {"model": "fr3", **BOX, **arm}}}).action


def step(k: int, values: np.ndarray, following: np.ndarray | None = None) -> Step:
    return Step(START_NS + k * PERIOD_NS, 0, k, values.astype(np.float32), False, following)


def action(joint: int = 0, value: float = 0.2, gripper: float = 0.0) -> np.ndarray:
    return np.r_[value * np.eye(7)[joint], gripper].astype(np.float32)


def test_an_action_is_a_share_of_a_fifth_of_a_radian_per_step():
    encoder = joint_trajectory.make(contract(velocity_scale=0.5))
    (settle,) = encoder.anchor(START_NS, ARM.home)
    assert isinstance(settle, JointTrajectoryCommand)
    np.testing.assert_allclose(settle.positions, [ARM.home])
    (command,) = encoder.encode(step(4, action()))
    assert isinstance(command, JointTrajectoryCommand)
    assert command.names == ARM.joints
    assert command.stamp_ns == START_NS + 4 * PERIOD_NS
    np.testing.assert_allclose(command.velocities[[0, 1, -1], 0], [0, 0.2 * 0.2 * 15 * 0.5, 0], atol=1e-6)
    np.testing.assert_allclose(command.times_s[:2], [0.067, 0.067 + 1 / 15], atol=1e-6)
    assert not command.accelerations[[0, 1, -1]].any()
    assert (command.accelerations[2:-1, 0] < 0).all(), "the stop"
    assert (np.diff(command.times_s) > 0).all()


def test_joints_are_found_by_name_wherever_they_stand():
    names = ("gripper", *reversed(ARM.joints))
    encoder = joint_trajectory.make(contract(names))
    encoder.anchor(START_NS, ARM.home)
    command, gripper = encoder.encode(step(4, np.array([1.0, 0, 0, 0, 0, 0, 0, 0.2])))
    assert isinstance(command, JointTrajectoryCommand)
    assert command.velocities[-2].nonzero()[0].tolist() == [0]
    assert gripper == GripperCommand(START_NS + 4 * PERIOD_NS, closed=True)


def test_without_a_lead_the_following_step_is_told():
    encoder = joint_trajectory.make(contract(lead_ms=0))
    encoder.anchor(START_NS, ARM.home)
    (command,) = encoder.encode(step(9, action(0, 0.1), following=action(0, 0.2)))
    assert isinstance(command, JointTrajectoryCommand)
    np.testing.assert_allclose(command.velocities[[0, 1, -1], 0], [0.126, 0.252, 0], atol=1e-6)


def test_the_last_message_is_repeated_once_a_period_until_the_arm_rests():
    encoder = joint_trajectory.make(contract())
    encoder.anchor(START_NS, ARM.home)
    for k in range(4, 9):
        encoder.encode(step(k, action()))
    last_ns, told = START_NS + 8 * PERIOD_NS, []
    for stamp_ns in range(last_ns, last_ns + 600_000_000, 10_000_000):
        told += encoder.repeat(stamp_ns)
    assert 2 <= len(told) <= 4
    ends = {round(command.stamp_ns + 1e9 * command.times_s[-1], -6) for command in told}
    assert len(ends) == 1, "all tell the same stop"
    assert not encoder.at_rest(last_ns + 100_000_000)
    assert encoder.at_rest(round(ends.pop()) + 1_000_000)


def test_an_arm_that_only_turns_round_or_is_about_to_move_is_not_at_rest():
    encoder = joint_trajectory.make(contract())
    encoder.anchor(START_NS, ARM.home)
    assert encoder.at_rest(START_NS + 4 * PERIOD_NS)
    encoder.encode(step(4, action()))
    still = np.abs(encoder.setpoint(START_NS + 4 * PERIOD_NS)[1]).max()
    assert still < 1e-3
    assert not encoder.at_rest(START_NS + 4 * PERIOD_NS), "the step begins a lead later"
    for k in range(5, 12):
        encoder.encode(step(k, action(0, 0.2 if k < 8 else -0.2)))
    for stamp_ns in range(START_NS + 5 * PERIOD_NS, START_NS + 12 * PERIOD_NS, 1_000_000):
        assert not encoder.at_rest(stamp_ns)


def test_the_setpoint_is_where_the_controller_has_the_arm():
    encoder = joint_trajectory.make(contract())
    encoder.anchor(START_NS, ARM.home)
    (command,) = encoder.encode(step(4, action()))
    assert isinstance(command, JointTrajectoryCommand)
    at_ns = command.stamp_ns + round(1e9 * command.times_s[-1])
    np.testing.assert_allclose(encoder.setpoint(at_ns)[0], command.positions[-1], atol=1e-9)
    np.testing.assert_allclose(encoder.setpoint(command.stamp_ns)[0], ARM.home, atol=1e-9)


def test_a_stopped_arm_is_anchored_before_it_moves_again():
    encoder = joint_trajectory.make(contract())
    encoder.anchor(START_NS, ARM.home)
    for k in range(4, 9):
        encoder.encode(step(k, action()))
    (stop,) = encoder.stop(START_NS + 9 * PERIOD_NS)
    assert isinstance(stop, JointTrajectoryCommand)
    assert not stop.velocities[-1].any()
    with pytest.raises(RuntimeError, match="anchor"):
        encoder.encode(step(10, action()))
    later = encoder.anchor(START_NS + 20 * PERIOD_NS, ARM.home)
    assert len(later) == 1
    assert encoder.encode(step(25, action()))


def test_the_gripper_is_commanded_on_edges_with_time_between_them():
    encoder = joint_trajectory.make(contract(gripper_dwell_s=0.5))
    encoder.anchor(START_NS, ARM.home)
    wanted = [0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0]
    edges = []
    for k, value in enumerate(wanted):
        commands = encoder.encode(step(k, action(gripper=value)))
        edges += [(k, command.closed) for command in commands if isinstance(command, GripperCommand)]
    assert edges == [(2, True), (11, False)], "the others were taken back within 0.5 s"
    encoder.gripper.know(closed=True)
    commands = encoder.encode(step(40, action(gripper=0.0)))
    assert commands[-1] == GripperCommand(START_NS + 40 * PERIOD_NS, closed=False)


def test_positions_are_forwarded_one_step_after_another():
    encoder = forward_position.make(contract())
    (rest,) = encoder.anchor(START_NS, ARM.home)
    assert isinstance(rest, JointPositionsCommand)
    first, second = (encoder.encode(step(k, action()))[0] for k in (1, 2))
    assert isinstance(first, JointPositionsCommand)
    assert isinstance(second, JointPositionsCommand)
    np.testing.assert_allclose(first.positions[0], 0.252 / 2 / 15, atol=1e-6)
    np.testing.assert_allclose(second.positions[0] - first.positions[0], 0.252 / 15, atol=1e-6)
    (stop,) = encoder.stop(START_NS + 3 * PERIOD_NS)
    assert isinstance(stop, JointPositionsCommand)
    assert stop.positions[0] > second.positions[0]
    assert encoder.repeat(START_NS) == encoder.stop(START_NS) == ()
    with pytest.raises(RuntimeError, match="anchor"):
        encoder.encode(step(4, action()))


POSE = ("x", "y", "z", "rx", "ry", "rz", "gripper")


def test_the_tools_target_moves_and_turns_in_the_frame_of_the_base():
    encoder = tool_pose_encoder.make(contract(POSE, step_m=0.03, step_rad=0.1, base_frame="fr3_link0"))
    encoder.anchor(START_NS, ARM.home)
    place, rotation = tool_pose(ARM, ARM.home)
    target, gripper = encoder.encode(step(1, np.array([0.5, 0, -0.5, 0, 0, 1, 1])))
    assert isinstance(target, ToolPoseCommand)
    assert target.frame == "fr3_link0"
    np.testing.assert_allclose(target.place, place + np.array([0.015, 0, -0.015]), atol=1e-9)
    expected = product(turn(np.array([0, 0, 0.1])), quaternion_of(rotation))
    np.testing.assert_allclose(target.quaternion, expected, atol=1e-9)
    assert gripper == GripperCommand(START_NS + PERIOD_NS, closed=True)


def test_the_tools_target_keeps_to_its_box_and_speed():
    encoder = tool_pose_encoder.make(contract(POSE, step_m=0.2, table_height=0.3, tool_speed=0.3))
    encoder.anchor(START_NS, ARM.home)
    before = tool_pose(ARM, ARM.home)[0]
    for k in range(20):
        (target,) = encoder.encode(step(k, np.array([0, 1, -1, 0, 0, 0, 0])))
        assert isinstance(target, ToolPoseCommand)
        assert np.linalg.norm(target.place - before) <= 0.3 / 15 + 1e-9
        assert target.place[2] >= 0.32 - 1e-9
        before = target.place
    assert target.place[1] > 0.2


@pytest.mark.parametrize("module", [joint_trajectory, forward_position, tool_pose_encoder])
def test_contracts_without_an_arm_or_a_box_are_refused(module: Any):
    names = POSE if module is tool_pose_encoder else (*ARM.joints, "gripper")
    with pytest.raises(ConfigError, match=r"action\.arm\.model is empty"):
        module.make(contract(names, model=""))
    with pytest.raises(ConfigError, match="arm 'fr4' is unknown"):
        module.make(contract(names, model="fr4"))
    for wrong in ([], [0.0, 0.0], [0.95, -0.8, -0.5]):
        with pytest.raises(ConfigError, match="are no box"):
            module.make(contract(names, box_low=wrong))


def test_actions_that_are_not_the_arms_are_refused():
    for names in (ARM.joints[:6], (*ARM.joints, "gripper", "base"), POSE):
        with pytest.raises(ConfigError, match="do not fit the arm fr3"):
            joint_trajectory.make(contract(names))
    assert joint_trajectory.make(contract(ARM.joints))
    with pytest.raises(ConfigError, match="have 8 values"):
        tool_pose_encoder.make(contract())


def test_the_contract_of_the_franka_has_all_that_its_encoder_asks_for():
    action = load_run("franka", "run").platform.action
    assert action.encoder == "joint_trajectory"
    assert joint_trajectory.make(action)
