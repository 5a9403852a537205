"""The graph as processes, for machines without a ROS distribution: start, watch, end."""

import argparse
import os
import shutil
import signal
import sys
from time import monotonic

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from dsrl_core.app.arguments import add_run_arguments, open_asked_run
from dsrl_core.app.check import check_before_start
from dsrl_core.app.commands import up
from dsrl_core.app.outcome import print_outcome
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.folder import OpenedRun, exclusive
from dsrl_core.run.progress_line import ProgressLine
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import domain_environment, graph
from dsrl_ros.app.monitor import Monitor
from dsrl_ros.app.supervisor import Supervisor
from dsrl_ros.interface.exit_codes import FAILED, INTERRUPTED, USAGE_ERROR
from dsrl_ros.nodes.graph_node import leave

POLL_S = 0.1
LAST_LOOK_S = 1.0  # after a death, so that the executor holds by itself and says so before all is ended


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dsrl up", description=up.__doc__)
    add_run_arguments(parser)
    args = parser.parse_intermixed_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    opened: OpenedRun | None = None
    try:
        opened = open_asked_run(args)
        with exclusive(opened.folder):
            if opened.config.platform.robot_end.kind == "hardware":
                raise ConfigError(f"{opened.config.platform.name} is driven by ros2 launch, beside the robot's drivers")
            _check(opened)
            _run(opened)
    except KeyboardInterrupt:
        where = f"; to go on, give the same command with --out {opened.folder.path}" if opened else ""
        print(f"\nstopped{where}", file=sys.stderr)
        return INTERRUPTED
    except (DsrlError, OSError) as error:
        print(f"\n./dsrl up: {error}", file=sys.stderr)
        return USAGE_ERROR if isinstance(error, ConfigError) else FAILED
    print_outcome(opened.folder)
    return 0


def _check(opened: OpenedRun) -> None:
    """Refuse a run that cannot start, and leave no folder of it."""
    try:
        check_before_start(opened.folder.config)
    except ConfigError:
        if not opened.resumed:
            shutil.rmtree(opened.folder.path)
        raise


def _run(opened: OpenedRun) -> None:
    """Until the run is complete; no process of it remains, however this ends."""
    config, folder = opened.config, opened.folder
    domain, lock = take_domain()
    environment = domain_environment(domain, config.platform.robot_end.kind == "simulation")
    print(f"run {config.run_id}: {folder.path} (ROS_DOMAIN_ID={domain}, logs in {folder.logs})", file=sys.stderr)
    supervisor = Supervisor(graph(config, folder.config), folder.logs, environment)
    try:
        _watch(supervisor, opened, environment)
    finally:
        supervisor.stop()
        if lock is not None:
            lock.close()


def _watch(supervisor: Supervisor, opened: OpenedRun, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    context = rclpy.Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    monitor, line = Monitor(opened.config, context), ProgressLine()
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(monitor)
    try:
        while not supervisor.poll():
            _look(monitor, executor, line, POLL_S)
            for notice in supervisor.notices:
                line.note(notice)
            supervisor.notices.clear()
    except DsrlError:
        _look(monitor, executor, line, LAST_LOOK_S)
        raise
    finally:
        line.end()


def _look(monitor: Monitor, executor: SingleThreadedExecutor, line: ProgressLine, seconds: float) -> None:
    """Handle messages for a while and show where the run is."""
    until = monotonic() + seconds
    while monotonic() < until:
        executor.spin_once(timeout_sec=max(0.0, until - monotonic()))
    monitor.tell(line)


if __name__ == "__main__":
    leave(main())
