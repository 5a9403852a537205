"""How a node of a robot end runs as a process of its own, beside the graph: until it is asked to end."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from dsrl_core.errors import DsrlError
from dsrl_core.run.interrupt import listen
from dsrl_ros.interface.exit_codes import FINAL, INTERRUPTED
from dsrl_ros.nodes.graph_node import leave


def run(make: Callable[[], Node]) -> NoReturn:
    """Spin the node that `make` gives until a signal, and end the process.

    A wrong parameter and a DsrlError are told in one line; the exit code then is FINAL.
    """
    interrupt = listen(ignored_too=True)
    interrupt.begin()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    code = INTERRUPTED
    try:
        executor = SingleThreadedExecutor()
        executor.add_node(make())
        with suppress(ExternalShutdownException):
            executor.spin()
    except KeyboardInterrupt:
        pass
    except (DsrlError, ParameterException) as error:
        print(f"[FATAL] {error}", file=sys.stderr, flush=True)
        code = FINAL
    with interrupt.deferred():
        rclpy.try_shutdown()
    leave(code)
