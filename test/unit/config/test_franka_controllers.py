"""The controllers' parameters that ship for franka_ros2 say what the executor relies on."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dsrl_core.acting.execution.robot_end.interface import TRAJECTORY
from dsrl_core.config.resolve import load_run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def parameters() -> dict[str, dict[str, Any]]:
    """Node -> its parameters."""
    (nodes,) = yaml.safe_load((ROOT / "config" / "franka" / "controllers.yaml").read_text()).values()
    return {name: node["ros__parameters"] for name, node in nodes.items()}


def test_every_controller_has_a_type_and_the_manager_runs_at_the_robots_rate(parameters):
    manager = parameters["controller_manager"]
    assert manager["update_rate"] == 1000
    assert manager["overruns"]["manage"] is False
    assert all(manager[name]["type"] for name in parameters if name != "controller_manager")


def test_the_trajectory_controller_is_the_one_of_the_interface_and_moves_the_contracts_joints(parameters):
    controller = parameters[TRAJECTORY.name.split("/")[1]]
    contract = load_run("franka", "check").platform
    joints = [name for name in contract.action.names if name != "gripper"]
    assert controller["joints"] == joints == list(controller["gains"])
    assert controller["command_interfaces"] == ["effort"]
    assert all(gain["p"] > 0 and gain["d"] > 0 and gain["i"] == 0 for gain in controller["gains"].values())


def test_a_stream_of_messages_is_one_motion_that_ends_at_rest(parameters):
    controller = parameters["joint_trajectory_controller"]
    assert controller["interpolate_from_desired_state"] is True
    for name in (
        "set_last_command_interface_value_as_state_on_activation",
        "allow_trajectory_replacement",
        "allow_nonzero_velocity_at_trajectory_end",
    ):
        assert controller[name] is False, name
    assert controller["interpolation_method"] == "splines"
    assert controller["cmd_timeout"] == 0
    assert "constraints" not in controller


def test_rates_for_python_subscribers_divide_the_robots(parameters):
    rates = (
        parameters["joint_state_broadcaster"]["update_rate"],
        parameters["franka_robot_state_broadcaster"]["convenience_publish_rate"],
    )
    assert rates == (200, 100)
    assert all(1000 % rate == 0 for rate in rates)
