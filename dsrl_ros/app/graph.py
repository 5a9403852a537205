"""The graph of a run, described once: `launch/*.launch.py` and `./dsrl up` both start what stands here."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsrl_core.config.overrides import scalar
from dsrl_core.config.run import RunConfig
from dsrl_core.machine.settle import rows, settled_value
from dsrl_core.machine.variables import Scope, Treatment
from dsrl_core.run.role import ALONE, Place, Role
from dsrl_ros.interface.rendezvous import RENDEZVOUS

LEARNER_RESTARTS = OBSERVER_RESTARTS = 3
LINGER_S = 30.0  # of a learner that is done, until other hosts have heard it; DDS gives up those that left after 20 s
MODULES = {
    "camera": "dsrl_ros.nodes.camera_node",
    "proprioception": "dsrl_ros.nodes.proprioception_node",
    "reward": "dsrl_ros.nodes.reward_node",
    "steering": "dsrl_ros.nodes.steering_node",
    "executor": "dsrl_ros.nodes.executor_node",
    "arm_executor": "dsrl_ros.nodes.arm_executor_node",
    "learner": "dsrl_ros.nodes.learner_node",
    "operator": "dsrl_ros.nodes.operator_node",
    "rendezvous": "dsrl_ros.nodes.rendezvous_node",
    "completion": "dsrl_ros.nodes.completion_node",
    "sim_bridge": "sim_bridge.nodes.bridge_node",
    "drivers": "sim_bridge.nodes.drivers_node",
    "foxglove": "dsrl_ros.observers.foxglove_node",
    "fci": "dsrl_ros.robot_ends.fci.driver_node",
    "franka_adapter": "dsrl_ros.robot_ends.franka_ros2.adapter_node",
}
BESIDE = {  # processes that are no part of the graph: of a robot, which outlive a run, and of a launch
    "franka_adapter": "dsrl_ros.robot_ends.franka_ros2.adapter_node",
    "camera_driver": "dsrl_ros.robot_ends.cameras.driver_node",
    "progress": "dsrl_ros.app.following",
}
NO_LOG_FILES = "--disable-external-lib-logs"  # rcl's, in the home folder; what a process prints is kept in the run's


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One process of the graph."""

    executable: str  # of package dsrl_ros
    name: str
    namespace: str
    parameters: Mapping[str, Any]
    remappings: Mapping[str, str] = field(default_factory=dict)
    restarts: int = 0  # how often it is started again when it dies
    robot_end: bool = False
    observer: bool = False  # it only looks on: the run goes on without it

    @property
    def label(self) -> str:
        """Unique and fit for a file name."""
        return f"{self.namespace.strip('/')}.{self.name}".strip(".")

    def command(self) -> list[str]:
        """The process without a ROS distribution, in this Python."""
        # A signal while it imports ends it in silence; `main` then listens
        quiet = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)"
        main = f"{quiet}; import sys; from {MODULES[self.executable]} import main; sys.exit(main())"
        arguments = ["-r", f"__node:={self.name}", "-r", f"__ns:={self.namespace}"]
        for source, target in self.remappings.items():
            arguments += ["-r", f"{source}:={target}"]
        for name, value in self.parameters.items():
            arguments += ["-p", f"{name}:={scalar(value)}"]  # parameters are YAML: a path may look like something else
        return [sys.executable, "-P", "-c", main, "--ros-args", NO_LOG_FILES, *arguments]


def graph(
    config: RunConfig,
    config_path: Path,
    remappings: Mapping[str, str] | None = None,
    place: Place = ALONE,
) -> list[NodeSpec]:
    """The processes of a run, or of one host's part of it.

    Args:
        config: of the run.
        config_path: where its nodes read it.
        remappings: topics of the contract to those of this machine's drivers, e.g. of cameras.
        place: of this host in the run.
    Raises:
        ConfigError: the place is that of a robot which the run does not have.
    """
    nodes: list[NodeSpec] = []
    topics = remappings or {}
    if place.role in (Role.ALL, Role.LEARNER):
        nodes += _learner(config, config_path, place.role)
    for robot in place.robots_of(config.robots):
        nodes += [spec for spec in _robot(config, config_path, robot, topics) if _is_here(spec, config, place.role)]
    if place.role in (Role.ALL, Role.ROBOT):
        nodes += _drivers(config)
    if place.role.joins:
        return [*nodes, NodeSpec("completion", "completion", f"/{config.run_id}", _parameters(config_path, ""))]
    return [*nodes, *_observers(config, config_path)]


def learner(config: RunConfig, config_path: Path, linger_s: float = 0.0) -> NodeSpec:
    """The learner's process; `linger_s` is how long other hosts may take to hear that it is done."""
    parameters = {**_parameters(config_path, ""), **({"linger_s": linger_s} if linger_s else {})}
    return NodeSpec("learner", "learner", f"/{config.run_id}", parameters, {}, LEARNER_RESTARTS)


def _learner(config: RunConfig, path: Path, role: Role) -> list[NodeSpec]:
    if role is Role.ALL:
        return [learner(config, path)]
    parameters = _parameters(path, "")
    rendezvous = NodeSpec("rendezvous", RENDEZVOUS, f"/{config.run_id}", parameters, {}, LEARNER_RESTARTS)
    return [learner(config, path, LINGER_S), rendezvous]


def _is_here(spec: NodeSpec, config: RunConfig, role: Role) -> bool:
    """Whether a process of a robot runs on a host with this role."""
    host = Role(config.hosts.steering) if spec.executable == "steering" else Role.ROBOT
    return role in (Role.ALL, host)


def domain_environment(domain: int | None, simulation: bool, several_hosts: bool = False) -> dict[str, str]:
    """Environment of the processes: isolated in simulation, the user's own network on hardware."""
    if not simulation:
        return {}
    isolated = {
        row.name: value
        for row in rows(Scope.SEVERAL_HOSTS if several_hosts else Scope.SIMULATION)
        if row.treatment is Treatment.SET and (value := settled_value(row, os.environ)) is not None
    }
    return {**isolated, **({} if domain is None else {"ROS_DOMAIN_ID": str(domain)})}


def _robot(config: RunConfig, path: Path, robot: str, remappings: Mapping[str, str]) -> list[NodeSpec]:
    parameters, namespace = _parameters(path, robot), f"/{robot}"
    nodes = [
        NodeSpec("camera", f"camera_{name}", namespace, {**parameters, "camera": name}, remappings)
        for name in config.platform.observation.cameras
    ]
    executables = {name: name for name in ("proprioception", "reward", "steering", "executor")}
    if config.platform.on_an_arm:
        executables["executor"] = "arm_executor"
    nodes += [NodeSpec(what, name, namespace, parameters, remappings) for name, what in executables.items()]
    if config.platform.episode.reset == "operator":
        nodes.append(NodeSpec("operator", "operator", namespace, parameters, remappings, robot_end=True))
    if config.platform.robot_end.kind == "simulation":
        end = "drivers" if config.platform.robot_end.clock == "real" else "sim_bridge"
        nodes.append(NodeSpec(end, end, namespace, parameters, remappings, robot_end=True))
    return nodes


def _drivers(config: RunConfig) -> list[NodeSpec]:
    """The driver of an arm that is started with the graph; its topics are those of every robot end."""
    end = config.platform.robot_end
    if not end.driver:
        return []
    executable = {"fci": "fci", "franka_ros2": "franka_adapter"}[end.driver]
    return [NodeSpec(executable, executable, "/", end.driver_options, robot_end=True)]


def _observers(config: RunConfig, path: Path) -> list[NodeSpec]:
    if not config.log.foxglove:
        return []
    space, parameters = f"/{config.run_id}", _parameters(path, "")
    return [NodeSpec("foxglove", "foxglove", space, parameters, restarts=OBSERVER_RESTARTS, observer=True)]


def _parameters(config_path: Path, robot: str) -> dict[str, str]:
    return {"config": str(config_path), "robot": robot or "all"}
