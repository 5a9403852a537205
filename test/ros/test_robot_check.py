"""`./dsrl check` beside real publishers, sound and unsound: what it says, keeps, and ends with."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import rclpy
from doubles.franka_drivers import FrankaDrivers, picture
from graphs import HEARING, ROOT
from PIL import Image
from rclpy.executors import SingleThreadedExecutor

from dsrl_core.app.compose import load_run
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.robot_check.pictures import grey
from dsrl_core.robot_check.result import Result, read_result, require_recent_pass, result_folder

POLICY = ("policy.kind=doubles.echo_policy", 'policy.endpoint=""', "policy.options={}", "policy.feature_dim=0")
DOMAIN = str(100 + os.getpid() % 100)  # beyond those that runs take; two test runs at once do not meet
PATIENCE_S = 120.0  # a bound on a broken check, not a measure
TIMED = ("rate", "pauses", "jitter", "clock", "age", "skew", "frozen", "latency")  # a busy machine decides these
CAMERAS = ("left", "right", "wrist")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", DOMAIN)
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'test'}:{os.environ.get('PYTHONPATH', '')}")


@contextmanager
def driven(contract: Platform, *faults: str) -> Iterator[tuple[FrankaDrivers, SingleThreadedExecutor]]:
    context = rclpy.Context()
    rclpy.init(context=context)
    node = FrankaDrivers(contract, context, faults)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield node, executor
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)


def begin() -> "subprocess.Popen[str]":
    command = [sys.executable, "-P", "-m", "dsrl_core.app", "check", "franka", "--seconds=1.5", *POLICY]
    return subprocess.Popen([*HEARING, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def checked(*faults: str) -> tuple[int, str, Result]:
    """Exit code, output and result of a check beside drivers with these faults; it commanded nothing."""
    contract = load_run("franka", "check", 0, POLICY).platform
    with driven(contract, *faults) as (node, executor):
        process, until = begin(), monotonic() + PATIENCE_S
        while process.poll() is None:
            assert monotonic() < until, "the check does not end"
            executor.spin_once(0.02)
        assert node.trajectories == [], "a check commands nothing"
    result = read_result(result_folder(contract))
    output = process.stdout.read() if process.stdout else ""
    assert result is not None, output
    return process.returncode, output, result


def wrong(result: Result) -> set[str]:
    """What is wrong apart from times."""
    return {
        finding.about
        for finding in result.findings
        if finding.verdict == "wrong" and finding.about.rpartition(": ")[2] not in (*TIMED, "observation")
    }


def test_a_sound_robot_passes_with_a_picture_of_each_camera_under_its_name():
    code, output, result = checked()
    assert wrong(result) == set(), output
    assert code == (1 if result.wrong else 0)
    contract = load_run("franka", "run", 0, POLICY).platform
    folder = result_folder(contract)
    assert {path.name for path in folder.glob("*.png")} == {f"{name}.png" for name in CAMERAS}
    for scene, name in enumerate(CAMERAS):
        shown = grey(np.asarray(Image.open(folder / f"{name}.png")))
        assert np.abs(shown - grey(picture(scene))).mean() < 3, name
    assert str(folder) in output
    assert {Path(path).name for path in os.listdir(folder)} == {"result.json", *(f"{name}.png" for name in CAMERAS)}
    if code == 0:
        require_recent_pass(contract)


def test_what_is_wrong_with_hand_cameras_commands_and_units_is_named_in_order():
    code, output, result = checked(
        *("degrees", "whole opening", "depth", "black wrist"),
        *("no controller", "moveit", "reflex", "inactive", "narrow urdf"),
    )
    arms = ("/franka/joint_states", "/franka_robot_state_broadcaster/measured_joint_states")
    expected = {
        *(f"arm {topic}: units" for topic in arms),
        "gripper: range",
        "camera right: encoding",
        "camera wrist: picture",
        *(f"commands: {thing}" for thing in ("controller", "publisher", "mode", "active")),
        "limits: narrower",
    }
    assert wrong(result) == expected, output
    assert code == 1
    assert "positions look like degrees" in output
    assert output.index("gripper: range") < output.index("camera right: encoding") < output.index("commands: mode")
    with pytest.raises(ConfigError, match="the check of franka found"):
        require_recent_pass(load_run("franka", "run", 0, POLICY).platform)


def test_drivers_that_stand_still_or_are_there_twice_are_found():
    _, output, result = checked(
        "second arm", "lost joint", "frozen arm", "twins", "frozen camera", "clock", "old pictures"
    )
    told = {finding.about.rpartition(": ")[2] for finding in result.findings if finding.verdict == "wrong"}
    assert {"publisher", "names", "alive", "twins", "frozen", "clock", "age"} <= told, output
    assert "fr3_joint7 missing" in output
    assert "right and wrist show the same picture" in output


def test_ctrl_c_ends_it_with_130_and_keeps_nothing(tmp_path: Path):
    process = begin()
    assert process.stdout is not None
    while "listening for" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "interrupted; nothing is kept of it" in output) == (130, True), output
    assert not (tmp_path / "state").exists()


def test_beside_no_drivers_the_network_comes_first(tmp_path: Path):
    process = begin()
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1, output
    assert f"1. network: no other node is visible with rmw_fastrtps_cpp, ROS_DOMAIN_ID={DOMAIN}" in output
    (path,) = (tmp_path / "state").rglob("*.*")
    result = read_result(path.parent)
    assert result is not None
    nobody = [finding for finding in result.findings if finding.words.startswith("nobody publishes")]
    assert len(nobody) == 6, "two of the arm, the gripper, three cameras"
