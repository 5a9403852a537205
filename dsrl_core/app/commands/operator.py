"""Keys of the person at a robot, in a terminal of its own beside `./dsrl up`; tells what is waited for."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from dsrl_core.errors import ConfigError
from dsrl_core.run.interrupt import block_until_listening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--robot", default="robot0", help="which of its robots (default robot0)")


def main(args: argparse.Namespace) -> int:
    # This process becomes a node, which lives in `dsrl_ros` as nothing here may import ROS.
    if find_spec("rclpy") is None or find_spec("dsrl_ros") is None:
        raise ConfigError("an operator's keys need ROS 2 and this package built in a workspace, or a checkout's ./dsrl")
    if not sys.stdin.isatty():
        raise ConfigError("an operator's keys need a terminal; without one there are the services operator/...")
    # The arguments were parsed for their errors and help; the node's process parses the same words again
    sys.stdout.flush()
    block_until_listening()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.operate", *sys.argv[2:]])
