"""The base class of all nodes: reads the run's configuration, filters foreign messages, and ends with an exit code."""

import os
from pathlib import Path
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.exceptions import ParameterUninitializedException
from rclpy.parameter import Parameter

from dsrl_core.config.run import read_run
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.members import join
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import EpisodeId
from dsrl_ros.interface.diagnostics import DiagnosticUpdater, Source
from dsrl_ros.nodes.second_graph import SECOND_GRAPH, SecondGraph, nodes_of
from dsrl_ros.nodes.spinning import SpinningNode, leave, run

__all__ = ["GraphNode", "leave", "run"]

LOOK_S = 0.5  # between two looks for a second graph


class GraphNode(SpinningNode):
    """A node of a run. Parameters: `config`, the run's resolved `config.yaml`; `robot`, its namespace."""

    def __init__(self, name: str, parameter_services: bool = True) -> None:
        """`parameter_services` is False for nodes with a message every tick, as each service slows every wait."""
        super().__init__(name, start_parameter_services=parameter_services)
        self.config_path = Path(self._text("config", "path of the run's config.yaml"))
        self.robot = self._text("robot", "namespace of the robot, e.g. robot0")
        self._member = join(self.config_path.parent)  # held until this process ends: no other run begins in the folder
        self.config = read_run(self.config_path)
        diagnostics = self.create_publisher(
            DiagnosticArray, topics.DIAGNOSTICS, topics.reliable(100), **topics.unwatched_out()
        )
        place = self.robot if self.robot in self.config.robots else self.config.run_id
        source = Source(self.config.run_id, place, self.get_name())
        self.diagnostics = DiagnosticUpdater(diagnostics, source, lambda: self.get_clock().now().to_msg())

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
            self.diagnostics.update()
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
        self.diagnostics.notify(about, text)

    def _text(self, name: str, doc: str) -> str:
        from rcl_interfaces.msg import ParameterDescriptor

        self.declare_parameter(name, Parameter.Type.STRING, ParameterDescriptor(description=doc, read_only=True))
        try:
            return str(self.get_parameter(name).value)
        except ParameterUninitializedException as error:
            raise ConfigError(f"parameter {name!r} of node {self.get_name()} is missing: {doc}") from error
