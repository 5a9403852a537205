"""Follows a run and says where it is: within `./dsrl up`, and as a process of its own beside `ros2 launch`."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NoReturn

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.run.interrupt import Interrupt, listen
from dsrl_core.run.progress_line import ProgressLine
from dsrl_ros.app.graph import NO_LOG_FILES
from dsrl_ros.app.monitor import Monitor
from dsrl_ros.interface.exit_codes import INTERRUPTED
from dsrl_ros.nodes.spinning import leave

POLL_S = 0.5


class Following:
    """A monitor of the run, and the line that it is told on."""

    def __init__(self, config: RunConfig, played: bool, awaits: str) -> None:
        context = rclpy.Context()
        arguments = ["--ros-args", NO_LOG_FILES]
        rclpy.init(args=arguments, context=context, signal_handler_options=SignalHandlerOptions.NO)
        self.line = ProgressLine()
        self._monitor = Monitor(config, context, played, awaits)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._monitor)

    def look(self, seconds: float) -> None:
        """Handle messages for a while and show where the run is."""
        until = monotonic() + seconds
        while monotonic() < until:
            self._executor.spin_once(timeout_sec=max(0.0, until - monotonic()))
        self._monitor.tell(self.line)


@contextmanager
def following(
    config: RunConfig, environment: Mapping[str, str], played: bool = False, awaits: str = ""
) -> Iterator[Following]:
    """Follow a run whose processes have this environment, until the block is left.

    `played` where a bag is played into its learner, and `awaits`, as for `Monitor`.
    """
    os.environ.update(environment)
    followed = Following(config, played, awaits)
    try:
        yield followed
    finally:
        followed.line.end()


def follow(path: Path, interrupt: Interrupt) -> int:
    """Say where the run of a `config.yaml` is until a signal asks to end; returns the exit code."""
    with following(read_run(path), {}) as followed, interrupt.deferred():
        while not interrupt.asked:
            followed.look(POLL_S)
    return INTERRUPTED


def main() -> NoReturn:
    """The process `progress`, whose first argument is the path of a run's `config.yaml`."""
    interrupted = listen(ignored_too=True)
    interrupted.begin()
    try:
        code = follow(Path(sys.argv[1]), interrupted)
    except KeyboardInterrupt:
        code = INTERRUPTED
    leave(code)
