"""The base class of all nodes: reads the run's configuration, filters foreign messages, and ends with an exit code."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.exceptions import ParameterUninitializedException
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from dsrl_core.config.run import read_run
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.interrupt import Interrupt, listen
from dsrl_core.run.members import join
from dsrl_core.storage.disk import disk_fault
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import EpisodeId
from dsrl_ros.interface.exit_codes import DONE, FAILED, FINAL, INTERRUPTED, NO_DISK
from dsrl_ros.interface.notices import Notice, notice_message
from dsrl_ros.nodes.listening import ListeningNode
from dsrl_ros.nodes.second_graph import SECOND_GRAPH, SecondGraph, nodes_of

LOOK_S = 0.5  # between two looks for a second graph
IDLE_S = 0.1  # longest wait for a message between two calls of `work`


class GraphNode(ListeningNode):
    """A node of a run. Parameters: `config`, the run's resolved `config.yaml`; `robot`, its namespace."""

    def __init__(self, name: str, parameter_services: bool = True) -> None:
        """`parameter_services` is False for nodes with a message every tick, as each service slows every wait."""
        super().__init__(name, start_parameter_services=parameter_services)
        self.config_path = Path(self._text("config", "path of the run's config.yaml"))
        self.robot = self._text("robot", "namespace of the robot, e.g. robot0")
        self._member = join(self.config_path.parent)  # held until this process ends: no other run begins in the folder
        self.config = read_run(self.config_path)
        self.diagnostics = self.create_publisher(
            DiagnosticArray, topics.DIAGNOSTICS, topics.reliable(10), **topics.unwatched_out()
        )
        self.complete = False  # set when the node's work is done

    def episode_id(self, episode: int) -> EpisodeId:
        """The id of this robot's episode, for messages."""
        return EpisodeId(self.config.run_id, self.robot, episode)

    def for_this_robot(self, message: Any) -> bool:
        """Whether a message is of this run and of this robot; complains of others."""
        return self.is_of(message, run_id=self.config.run_id, robot=self.robot)

    def of_this_run(self, message: Any) -> bool:
        """Whether a message, of whichever robot, is of this run; complains of others."""
        return self.is_of(message, run_id=self.config.run_id)

    def watch_for_second_graph(self) -> None:
        """Raise DsrlError if another graph is alive in this node's namespace, now or, while spinning, from now on."""
        second, space = SecondGraph(monotonic(), nodes_of(self.config.platform)), self.get_namespace()

        def look() -> None:
            names = [name for name, where in self.get_node_names_and_namespaces() if where == space]
            found = second.found(names, self.foreign, monotonic())
            if found:
                raise DsrlError(
                    SECOND_GRAPH.format(found=found, domain=os.environ.get("ROS_DOMAIN_ID", "0"), space=space)
                )

        look()
        self.create_timer(LOOK_S, look)

    def notify(self, about: str, text: str) -> None:
        """Publish a warning on `/diagnostics`, or with an empty text that it is over."""
        notice = Notice(self.robot, self.get_name(), about, text)
        self.diagnostics.publish(notice_message(self.config.run_id, notice, self.get_clock().now().to_msg()))

    def work(self) -> bool:
        """Called between messages; returns True to be called again at once."""
        return False

    def on_shutdown(self) -> None:
        """Called once before the process ends, unless it is killed."""

    def _text(self, name: str, doc: str) -> str:
        from rcl_interfaces.msg import ParameterDescriptor

        self.declare_parameter(name, Parameter.Type.STRING, ParameterDescriptor(description=doc, read_only=True))
        try:
            return str(self.get_parameter(name).value)
        except ParameterUninitializedException as error:
            raise ConfigError(f"parameter {name!r} of node {self.get_name()} is missing: {doc}") from error


def run(make: Callable[[], GraphNode]) -> NoReturn:
    """Spin a node until it is complete, interrupted or fails, and end the process with the exit code for that.

    A signal that asks to end is heard between two pieces of work, never within one, however the process was started.
    """
    interrupt = listen(ignored_too=True)
    interrupt.begin()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node: GraphNode | None = None
    code = INTERRUPTED
    try:
        node = make()
        with interrupt.deferred():
            _spin(node, interrupt)
        code = DONE if node.complete else INTERRUPTED
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


def _told(error: Exception, node: GraphNode | None) -> int:
    """Print what ended a node, where its log has room for it; returns the exit code for it."""
    known = isinstance(error, DsrlError)
    with suppress(OSError):
        text = f"{error}" if known else "".join(traceback.format_exception(error))
        print(f"[FATAL] {node.get_name() if node else 'node'}: {text}", file=sys.stderr, flush=True)
    if disk_fault(error) is not None:
        return NO_DISK
    return FINAL if known else FAILED


def _closed(node: GraphNode | None, code: int) -> int:
    """Do a node's last work. An error in it is told, but does not hide an error that the node ended with before."""
    try:
        if node is not None:
            node.on_shutdown()
            node.destroy_node()
        rclpy.try_shutdown()
    except Exception as error:
        failed = _told(error, node)
        return failed if code in (DONE, INTERRUPTED) else code
    return code


def _spin(node: GraphNode, interrupt: Interrupt) -> None:
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    interrupt.wake = lambda: executor.create_task(_nothing)  # ends the wait for a message
    idle_s = None if type(node).work is GraphNode.work else IDLE_S  # None avoids making a timer for every wait
    busy = False
    while not interrupt.asked and not node.complete:
        executor.spin_once(timeout_sec=0.0 if busy else idle_s)
        busy = node.work()


def _nothing() -> None:
    pass
