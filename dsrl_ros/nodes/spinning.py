"""Spinning of a node until it is complete, interrupted or fails, and the end of its process with the code for that."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from dsrl_core.errors import DsrlError
from dsrl_core.run.interrupt import Interrupt, listen
from dsrl_core.storage.disk import disk_fault
from dsrl_ros.interface.exit_codes import DONE, FAILED, FINAL, INTERRUPTED, NO_DISK, STOPPED
from dsrl_ros.nodes.listening import ListeningNode

IDLE_S = 0.1  # longest wait for a message between two calls of `work`


class SpinningNode(ListeningNode):
    """A node that `run` spins: what it does between messages, when it is done, and its last work."""

    complete = False  # set when the node's work is done
    exit_code = DONE  # of its process then

    def work(self) -> bool:
        """Called between messages; returns True to be called again at once."""
        return False

    def on_shutdown(self) -> None:
        """Called once before the process ends, unless it is killed."""


def run(make: Callable[[], SpinningNode]) -> NoReturn:
    """Spin a node until it is complete, interrupted or fails, and end the process with the exit code for that.

    A signal that asks to end is heard between two pieces of work, never within one, however the process was started.
    """
    interrupt = listen(ignored_too=True)
    interrupt.begin()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node: SpinningNode | None = None
    code = INTERRUPTED
    try:
        node = make()
        with interrupt.deferred():
            _spin(node, interrupt)
        code = node.exit_code if node.complete else INTERRUPTED
    except KeyboardInterrupt:
        pass
    except Exception as error:
        code = _told(error, node)
    with interrupt.deferred():
        code = _closed(node, code)
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process without the static destructors of DDS and XLA, which take a second and sometimes crash."""
    with suppress(OSError):  # standard output may be a file on a full disk
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _told(error: Exception, node: SpinningNode | None) -> int:
    """Print what ended a node, where its log has room for it; returns the exit code for it."""
    known = isinstance(error, DsrlError)
    with suppress(OSError):
        text = f"{error}" if known else "".join(traceback.format_exception(error))
        print(f"[FATAL] {node.get_name() if node else 'node'}: {text}", file=sys.stderr, flush=True)
    if disk_fault(error) is not None:
        return NO_DISK
    return FINAL if known else FAILED


def _closed(node: SpinningNode | None, code: int) -> int:
    """Do a node's last work. An error in it is told, but does not hide an error that the node ended with before."""
    try:
        if node is not None:
            node.on_shutdown()
            node.destroy_node()
        rclpy.try_shutdown()
    except Exception as error:
        failed = _told(error, node)
        return failed if code in (DONE, STOPPED, INTERRUPTED) else code
    return code


def _spin(node: SpinningNode, interrupt: Interrupt) -> None:
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    interrupt.wake = lambda: executor.create_task(_nothing)  # ends the wait for a message
    idle_s = None if type(node).work is SpinningNode.work else IDLE_S  # None avoids making a timer for every wait
    busy = False
    while not interrupt.asked and not node.complete:
        executor.spin_once(timeout_sec=0.0 if busy else idle_s)
        busy = node.work()


def _nothing() -> None:
    pass
