"""`./dsrl check`: listen for some seconds, judge, print, keep the result and a picture of each camera."""

import argparse
import os
import platform as system
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from time import monotonic

import rclpy
from PIL import Image
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from dsrl_core.app.commands import check
from dsrl_core.app.doctor.packages import ROOT
from dsrl_core.app.doctor.page import without_persons
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.robot_check import policy
from dsrl_core.robot_check.facts import CameraFacts, Facts
from dsrl_core.robot_check.finding import Finding
from dsrl_core.robot_check.judge import judge, passed
from dsrl_core.robot_check.page import page
from dsrl_core.robot_check.result import result_folder, result_of, write_result
from dsrl_core.robot_check.versions import vendor_versions
from dsrl_core.run.interrupt import Interrupt, check_interrupt, say
from dsrl_core.types import U8
from dsrl_ros.app.graph import NO_LOG_FILES
from dsrl_ros.app.robot_check.listener import RobotListener
from dsrl_ros.app.start import settle_environment
from dsrl_ros.interface.exit_codes import DONE, FAILED, INTERRUPTED, USAGE_ERROR

DISCOVERY_S = 10.0  # longest wait for drivers to be seen
SETTLE_S = 0.5  # after that, for streams to begin
TICK_S = 0.1


def main(interrupt: Interrupt) -> int:
    """Check the robot that the command line asks for; the exit code says whether anything is wrong."""
    parser = argparse.ArgumentParser(prog="./dsrl check", description=check.__doc__)
    check.add_arguments(parser)
    args = parser.parse_intermixed_args()
    interrupt.begin()
    try:
        return _checked(args)
    except KeyboardInterrupt:
        say("\n./dsrl check: interrupted; nothing is kept of it")
        return INTERRUPTED
    except (DsrlError, OSError) as error:
        say(f"./dsrl check: {error}")
        return USAGE_ERROR if isinstance(error, ConfigError) else FAILED


def _checked(args: argparse.Namespace) -> int:
    """What fails because it was interrupted was interrupted: imports wrap the exception."""
    try:
        contract = check.asked_contract(args)
        for note in settle_environment(simulated=False):
            say(f"./dsrl check: {note}")
        return _judged(collect(contract, args.seconds), contract)
    except Exception:
        check_interrupt()
        raise


def collect(contract: Platform, seconds: float) -> Facts:
    """Listen to the drivers of a contract for some seconds, then call its policy; commands nothing."""
    with _listening(contract) as (node, executor):
        say(f"looking for the drivers of {contract.name}, then listening for {seconds:g} s; nothing is commanded")
        until = monotonic() + DISCOVERY_S
        while not node.found() and monotonic() < until:
            executor.spin_once(timeout_sec=TICK_S)
        _spin(executor, SETTLE_S)
        node.begin()
        _spin(executor, seconds)
        joints, cameras = node.joint_facts(), node.camera_facts()
        network, command = node.network_facts(os.environ), node.command_facts()
        description = node.description()
    called = policy.measure(contract, pictures_of(cameras), policy.state_of(contract, joints))
    return Facts(network, joints, cameras, command, description, called, _versions())


@contextmanager
def _listening(contract: Platform) -> Iterator[tuple[RobotListener, SingleThreadedExecutor]]:
    context = rclpy.Context()
    rclpy.init(args=["--ros-args", NO_LOG_FILES], context=context, signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor(context=context)
    node = RobotListener(contract, context)
    executor.add_node(node)
    try:
        yield node, executor
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)


def _spin(executor: SingleThreadedExecutor, seconds: float) -> None:
    until = monotonic() + seconds
    while monotonic() < until:
        executor.spin_once(timeout_sec=max(0.0, min(TICK_S, until - monotonic())))


def pictures_of(cameras: Mapping[str, CameraFacts]) -> dict[str, U8]:
    """The last picture of each camera that gave one."""
    return {name: camera.picture for name, camera in cameras.items() if camera.picture is not None}


def _judged(facts: Facts, contract: Platform) -> int:
    findings = judge(facts, contract)
    print(page(findings))
    folder = result_folder(contract)
    write_result(folder, result_of(contract, [_impersonal(finding) for finding in findings]))
    shown = _save_pictures(folder, pictures_of(facts.cameras))
    look = "; look whether each shows what its name says: " + ", ".join(shown) if shown else ""
    print(f"\nkept in {folder}{look}")
    return DONE if passed(findings) else FAILED


def _impersonal(finding: Finding) -> Finding:
    """What is kept may be shown to others: without addresses, names of people and machines."""
    return replace(finding, words=without_persons(finding.words, ROOT))


def _save_pictures(folder: Path, pictures: Mapping[str, U8]) -> list[str]:
    """A PNG of each camera under its name, in place of those of an earlier check."""
    for old in folder.glob("*.png"):
        old.unlink()
    for name, picture in pictures.items():
        Image.fromarray(picture).save(folder / f"{name}.png")
    return [f"{name}.png" for name in pictures]


def _versions() -> dict[str, str]:
    found = {"Python": system.python_version(), "ROS": os.environ.get("ROS_DISTRO", "packages of this environment")}
    for name in ("dsrl_ros", "pylibfranka"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {**found, **vendor_versions(os.environ.get("AMENT_PREFIX_PATH", ""))}
