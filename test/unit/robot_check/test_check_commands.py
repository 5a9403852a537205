"""Who moves the arm, which network is looked at, and which limits a robot serves."""

import dataclasses

import pytest
from doubles.urdf import urdf
from robot_check_samples import ARM, not_ok, words

from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.robot_check import command, limits, network, versions
from dsrl_core.robot_check.facts import CommandFacts, NetworkFacts

SOUND = CommandFacts("/trajectory", ("/controller",), (), 2, True)
NETWORK = NetworkFacts("rmw_fastrtps_cpp", "7", ("/driver",), "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {}),
        ({"listeners": ()}, {"commands: controller": "wrong"}),
        ({"publishers": ("/move_group",)}, {"commands: publisher": "wrong"}),
        ({"mode": 1}, {}),
        ({"mode": 4}, {"commands: mode": "wrong"}),
        ({"mode": 5}, {"commands: mode": "wrong"}),
        ({"mode": None}, {}),
        ({"active": False}, {"commands: active": "wrong"}),
        ({"active": None}, {"commands: active": "notice"}),
        ({"topic": "", "listeners": ()}, {"commands": "notice"}),
    ],
)
def test_commands_need_a_controller_no_rival_and_a_robot_that_may_move(
    changes: dict[str, object], told: dict[str, str]
):
    assert not_ok(command.findings(dataclasses.replace(SOUND, **changes))) == told


def test_a_reflex_and_a_rival_are_named_with_what_to_do():
    found = command.findings(dataclasses.replace(SOUND, mode=4, publishers=("/move_group",)))
    assert "the robot's mode is reflex -> make the area safe, then recover" in words(found, "commands: mode")
    assert "/move_group may publish /trajectory" in words(found, "commands: publisher")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {}),
        ({"nodes": ()}, {"network": "wrong"}),
        ({"local_only": "ROS_LOCALHOST_ONLY=1"}, {"network: range": "notice"}),
        ({"nodes": ("/driver", "/driver")}, {"network: names": "notice"}),
        ({"nodes": ("/driver", "/robot0/executor")}, {"network: graph": "wrong"}),
    ],
)
def test_the_network_must_show_drivers_and_no_other_graph(changes: dict[str, object], told: dict[str, str]):
    assert not_ok(network.findings(dataclasses.replace(NETWORK, **changes))) == told


def test_an_empty_network_names_middleware_domain_and_what_hides_others():
    found = network.findings(dataclasses.replace(NETWORK, nodes=(), local_only="ROS_LOCALHOST_ONLY=1"))
    assert "rmw_fastrtps_cpp, ROS_DOMAIN_ID=7; ROS_LOCALHOST_ONLY=1 hides other" in words(found, "network")


@pytest.mark.parametrize(
    ("upper", "told"),
    [
        (2.7437 + 0.001, {}),
        (2.7437 + 0.003, {"limits: wider": "notice"}),
        (2.7437 - 0.001, {}),
        (2.7437 - 0.003, {"limits: narrower": "wrong"}),
    ],
)
def test_the_served_limits_are_held_against_the_table(upper: float, told: dict[str, str]):
    assert not_ok(limits.findings(urdf(ARM).replace('upper="2.7437"', f'upper="{upper}"'), ARM)) == told


def test_a_speed_that_is_lower_than_the_tables_counts_too():
    assert not_ok(limits.findings(urdf(ARM).replace('velocity="5.26"', 'velocity="5"'), ARM)) == {
        "limits: narrower": "wrong"
    }


def test_which_joints_are_narrower_is_told_with_their_numbers():
    text = urdf(ARM).replace('lower="-2.7437" upper="2.7437"', 'lower="-2.0" upper="2.7437"')
    assert "fr3_joint1 -2 to 2.7437 rad, 2.62 rad/s" in words(limits.findings(text, ARM), "limits: narrower")
    text = urdf(ARM).replace('lower="-2.7437"', 'lower="-2.9"')
    found = limits.findings(text, ARM)
    assert "more than config/arms/fr3.yaml for fr3_joint1: the narrower ones hold" in words(found, "limits: wider")


def test_a_urdf_of_another_arm_is_wrong_and_one_that_cannot_be_read_is_told():
    assert not_ok(limits.findings(urdf(load_arm("panda")), ARM)) == {"limits": "wrong"}
    for text in (None, "", "<robot", '<robot><joint name="a"><limit lower="much"/></joint></robot>'):
        assert not_ok(limits.findings(text, ARM)) == {"limits": "notice"}, text
    assert not_ok(limits.findings(urdf(ARM), None)) == {"limits": "notice"}


def test_limits_that_a_urdf_leaves_out_count_as_none():
    assert limits.joint_limits('<robot><joint name="a"><limit velocity="1"/></joint></robot>')["a"].high == float("inf")


@pytest.mark.parametrize(
    ("versions_of", "told"),
    [
        ({"ROS": "jazzy", "franka_hardware": "3.5.2"}, {}),
        ({"ROS": "jazzy", "franka_hardware": "2.1.0"}, {"versions: franka_ros2": "notice"}),
        ({"ROS": "packages of this environment", "franka_hardware": "2.1.0"}, {}),
        ({"ROS": "jazzy"}, {}),
    ],
)
def test_the_series_of_the_vendors_packages_is_that_of_the_distribution(versions_of, told):
    assert not_ok(versions.findings(versions_of)) == told


def test_versions_are_read_from_installed_packages(tmp_path):
    for prefix, version in (("one", "3.5.2"), ("other", "1.0.0")):
        share = tmp_path / prefix / "share" / "franka_hardware"
        share.mkdir(parents=True)
        (share / "package.xml").write_text(f"<package><version> {version} </version></package>")
    assert versions.vendor_versions(f"{tmp_path}/none::{tmp_path}/one:{tmp_path}/other") == {"franka_hardware": "3.5.2"}
