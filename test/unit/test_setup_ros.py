"""Which ROS 2 `./dsrl` uses: a sourced distribution, or one of those on PyPI."""

import pytest
from doubles.machine import PYTHON, set_up_again


def test_a_sourced_distribution_is_used(machine):
    machine.tool("cmake", PYTHON)
    status, out, err = machine.run("up", "reach", ROS_DISTRO="jazzy")
    assert (status, out) == (0, "cli -P -m dsrl_core.app up reach\n"), err
    assert "-m venv --system-site-packages" in machine.calls
    assert "-r requirements.txt" in machine.calls
    assert "requirements-ros.txt" not in machine.calls
    assert (machine.checkout / ".venv-jazzy").is_dir()
    assert set_up_again(machine)


def test_jazzy_from_pypi_lives_beside_kilted(machine):
    assert set_up_again(machine)
    assert "-r requirements-ros.txt" in machine.calls
    status, out, err = machine.run("up", "reach", DSRL_ROS="jazzy")
    assert (status, out) == (0, "cli -P -m dsrl_core.app up reach\n"), err
    assert "-r requirements-ros-jazzy.txt" in machine.calls
    assert "requirements-ros.txt" not in machine.calls
    out = machine.run("exec", "bash", "-c", "command -v python", DSRL_ROS="jazzy")[1]
    assert out == f"{machine.checkout}/.venv-pypi-jazzy/bin/python\n"
    for again in ({"DSRL_ROS": "jazzy"}, {"DSRL_ROS": "kilted"}, {}):
        machine.run("up", "reach", **again)
        assert machine.calls == "-P -m dsrl_core.app up reach\n", "both are ready"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DSRL_ROS": "humble"}, "DSRL_ROS=humble is unknown: the ROS 2 that comes from PyPI is jazzy or kilted"),
        (
            {"DSRL_ROS": "jazzy", "ROS_DISTRO": "kilted"},
            "asks for ROS 2 from PyPI, but a distribution is sourced",
        ),
        ({"DSRL_ROS": "jazzy", "ROS_DISTRO": "jazzy"}, "ROS_DISTRO=jazzy. Leave one of them out"),
    ],
)
def test_a_ros_that_cannot_be_had_is_refused_in_one_line_before_anything_is_made(machine, environment, words):
    status, out, err = machine.run("up", "reach", **environment)
    assert (status, out, machine.calls) == (1, "", "")
    assert err.startswith("dsrl: error: ")
    assert (err.count("\n"), words in err) == (1, True)
    assert not list(machine.checkout.glob(".*"))
    assert machine.run("--help", **environment)[0] == 0
