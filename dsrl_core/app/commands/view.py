"""Look at a run in a browser while it runs, and press its buttons: a page of this machine alone."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from dsrl_core.errors import ConfigError
from dsrl_core.run.interrupt import block_until_listening

MISSING = "the page needs packages that are not installed: python -m pip install --no-deps -r requirements-view.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of the run; it may begin later")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of the page (default 0: a free one)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="of this machine at which the page is served (default 127.0.0.1: to nobody else; all see it at 0.0.0.0)",
    )
    parser.add_argument(
        "--several-hosts", action="store_true", help="hear the run's other hosts, too, where it is on several"
    )


def check_page() -> None:
    """Raises ConfigError where the page cannot be shown on this machine."""
    if find_spec("rclpy") is None or find_spec("dsrl_ros") is None:
        raise ConfigError("the page needs ROS 2 and this package built in a workspace, or a checkout's ./dsrl")
    if find_spec("nicegui") is None:
        raise ConfigError(MISSING)


def main(args: argparse.Namespace) -> int:
    # This process becomes the page's, which lives in `dsrl_ros` as nothing here may import ROS.
    check_page()
    # The arguments were parsed for their errors and help; the page's process parses the same words again
    sys.stdout.flush()
    block_until_listening()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "dsrl_ros.app.page", *sys.argv[2:]])
