"""Check a robot beside its running drivers: what is wrong, in the order in which to mend it. It commands nothing."""

import argparse
import os
import sys
from importlib.util import find_spec

from dsrl_core.app.compose import load_run
from dsrl_core.config.paths import names
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.run.interrupt import block_until_listening

SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("platform", help=f"whose robot: {', '.join(names('platforms'))}, or the path of a contract")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, metavar="S", help=f"how long to listen (default {SECONDS:g})"
    )
    parser.add_argument("settings", nargs="*", metavar="key=value", help="as for the run that is to start")


def main(args: argparse.Namespace) -> int:
    # This process becomes the one that listens, which lives in `dsrl_ros` as nothing here may import ROS.
    asked_contract(args)
    if find_spec("rclpy") is None or find_spec("dsrl_ros") is None:
        raise ConfigError("the check listens to drivers: it needs ROS 2, and this package in a workspace or ./dsrl")
    # The arguments were parsed for their errors and help; the process parses the same words again
    sys.stdout.flush()
    block_until_listening()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.robot_check", *sys.argv[2:]])


def asked_contract(args: argparse.Namespace) -> Platform:
    """The contract of the robot that is to be checked; ConfigError where a word is wrong, or it is no robot."""
    if not 1 <= args.seconds <= 600:
        raise ConfigError(f"--seconds={args.seconds:g} must lie in [1, 600]")
    contract = load_run(args.platform, "check", 0, args.settings).platform
    if contract.robot_end.kind != "hardware":
        raise ConfigError(
            f"robot_end.kind={contract.robot_end.kind}: {contract.name} has no drivers to check; ./dsrl up "
            f"{contract.name} checks by itself what a simulation needs"
        )
    return contract
