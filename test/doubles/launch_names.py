"""The few names of `launch` and `launch_ros` that the package uses, with an event loop, where neither is installed.

`install` makes them importable. A node is the process that `ros2 launch` would start; what happens when one ends, when
an action raises and when all is shut down is as in `launch` itself (its `LaunchService`, read and tried by hand).
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from time import monotonic, sleep
from types import ModuleType, SimpleNamespace
from typing import Any

from dsrl_ros.app.graph import NodeSpec

GRACE_S = 20.0


@dataclass
class Context:
    """What actions share."""

    values: dict[str, str]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    handlers: list[Any] = field(default_factory=list)
    nodes: list["Node"] = field(default_factory=list)
    is_shutdown: bool = False


@dataclass
class DeclareLaunchArgument:
    name: str
    default_value: str
    description: str = ""

    def execute(self, context: Context) -> None:
        context.values.setdefault(self.name, self.default_value)


@dataclass
class LaunchConfiguration:
    name: str

    def perform(self, context: Context) -> str:
        return context.values[self.name]


@dataclass
class LogInfo:
    msg: str

    def execute(self, context: Context) -> None:
        print(self.msg, flush=True)


@dataclass
class SetEnvironmentVariable:
    name: str
    value: str

    def execute(self, context: Context) -> None:
        context.environment[self.name] = self.value


class OpaqueFunction:
    def __init__(self, *, function: Any, args: Any) -> None:
        self.function, self.args = function, args

    def execute(self, context: Context) -> list[Any] | None:
        made: list[Any] | None = self.function(context, *self.args)
        return made


@dataclass
class RegisterEventHandler:
    handler: Any

    def execute(self, context: Context) -> None:
        context.handlers.append(self.handler)


@dataclass
class Shutdown:
    reason: str

    def execute(self, context: Context) -> None:
        context.is_shutdown = True


@dataclass
class OnProcessExit:
    target_action: Any
    on_exit: Any


@dataclass
class ParameterValue:
    value: str
    value_type: type


class Node:
    """One process of the graph."""

    def __init__(
        self, *, executable: str, name: str, namespace: str, parameters: Any, remappings: Any, **_: Any
    ) -> None:
        values = {key: value.value for key, value in parameters[0].items()}
        self.command = NodeSpec(executable, name, namespace, values, dict(remappings)).command()
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None

    def execute(self, context: Context) -> None:
        self.process = subprocess.Popen(self.command, env=context.environment, stdin=subprocess.DEVNULL)
        print(f"[{self.name}]: process started with pid [{self.process.pid}]", flush=True)
        context.nodes.append(self)


@dataclass
class LaunchDescription:
    entities: list[Any]


class LaunchService:
    """Runs a description to its end."""

    def __init__(self, description: LaunchDescription, arguments: dict[str, str]) -> None:
        self._description, self._context = description, Context(dict(arguments))

    def run(self) -> int:
        code = 0
        try:
            self._do(self._description.entities)
            while not self._context.is_shutdown and self._context.nodes:
                self._look()
                sleep(0.05)
        except KeyboardInterrupt:
            pass
        except Exception as error:
            print(f"Caught exception in launch (see debug for traceback): {error}", flush=True)
            code = 1
        self._shut_down()
        return code

    def _do(self, entities: list[Any] | None) -> None:
        for entity in entities or []:
            self._do(entity.execute(self._context))

    def _look(self) -> None:
        for node in list(self._context.nodes):
            if node.process is None or node.process.poll() is None:
                continue
            self._context.nodes.remove(node)
            event = SimpleNamespace(returncode=node.process.returncode)
            for handler in list(self._context.handlers):
                if isinstance(handler, OnProcessExit) and handler.target_action is node:
                    self._do(handler.on_exit(event, self._context))

    def _shut_down(self) -> None:
        self._context.is_shutdown = True
        processes = [node.process for node in self._context.nodes if node.process is not None]
        for process in processes:
            process.send_signal(2)
        until = monotonic() + GRACE_S
        for process in processes:
            try:
                process.wait(max(0.1, until - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def install() -> None:
    """Make the names importable as `launch` and `launch_ros`."""
    names = globals()
    modules = {
        "launch": ["LaunchDescription"],
        "launch.actions": [
            "DeclareLaunchArgument",
            "LogInfo",
            "OpaqueFunction",
            "RegisterEventHandler",
            "SetEnvironmentVariable",
            "Shutdown",
        ],
        "launch.event_handlers": ["OnProcessExit"],
        "launch.substitutions": ["LaunchConfiguration"],
        "launch_ros": [],
        "launch_ros.actions": ["Node"],
        "launch_ros.parameter_descriptions": ["ParameterValue"],
    }
    for module, members in modules.items():
        made: Any = ModuleType(module)
        for member in members:
            setattr(made, member, names[member])
        sys.modules[module] = made
