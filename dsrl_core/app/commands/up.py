"""Start the ROS 2 graph, watch it learn, and write its report."""

import argparse
import os
import sys
from importlib.util import find_spec

from dsrl_core.app.arguments import add_run_arguments
from dsrl_core.app.commands.view import check_page
from dsrl_core.errors import ConfigError
from dsrl_core.run.interrupt import block_until_listening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--view", action="store_true", help="serve a live page of the run to browsers of this machine")
    parser.add_argument("--view-port", type=int, metavar="N", help="of that page (default 0: a free one); asks for it")


def asks_for_page(args: argparse.Namespace) -> bool:
    """Whether a live page is wanted beside the run."""
    return bool(args.view or args.view_port is not None)


def main(args: argparse.Namespace) -> int:
    # This process becomes the supervisor, which lives in `dsrl_ros` as nothing here may import ROS.
    if find_spec("rclpy") is None or find_spec("dsrl_ros") is None:
        raise ConfigError(
            "the graph needs ROS 2 and this package built in a workspace, or a checkout's ./dsrl; without ROS, "
            f"`dsrl train {args.platform}` is the same run in one process"
        )
    if asks_for_page(args):
        check_page()
    # The arguments were parsed for their errors and help; the supervisor parses the same words again
    sys.stdout.flush()
    block_until_listening()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.up", *sys.argv[2:]])
