"""Start the ROS 2 graph, watch it learn, and write its report."""

import argparse
import os
import sys

from dsrl_core.app.arguments import add_run_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)


def main(args: argparse.Namespace) -> int:
    # This process becomes the supervisor, which lives in `dsrl_ros` as nothing here may import ROS.
    del args  # parsed for its errors and help; the supervisor parses the same words again
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.up", *sys.argv[2:]])
