"""The few names of `launch` and `launch_ros` that the package uses, with an event loop, where neither is installed.

`install` makes them importable. A node is the process that `ros2 launch` would start; what happens when one ends, when
an action raises, also after ctrl-C, and when all is shut down is as in `launch` itself (its `LaunchService`, read and
tried by hand).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Thread, Timer
from time import sleep
from types import ModuleType, SimpleNamespace
from typing import Any

from dsrl_ros.app.graph import NodeSpec

GRACE_S = 20.0
INSTALLED = Path(sys.prefix) / "lib" / "dsrl_ros"  # where no distribution is sourced, which has `launch` itself


@dataclass
class Context:
    """What actions share."""

    values: dict[str, str]
    handlers: list[Any] = field(default_factory=list)
    nodes: list["ExecuteProcess"] = field(default_factory=list)  # processes that live
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
class EmitEvent:
    event: Any

    def execute(self, context: Context) -> None:
        for node in context.nodes:
            if self.event.process_matcher(node):
                _ask(node)


@dataclass
class ShutdownProcess:
    process_matcher: Callable[[Any], bool]


def matches_action(action: Any) -> Callable[[Any], bool]:
    return lambda process: process is action


@dataclass
class OnProcessIO:
    target_action: Any
    on_stdout: Any
    on_stderr: Any


@dataclass
class OnProcessExit:
    target_action: Any
    on_exit: Any


@dataclass
class ParameterValue:
    value: str
    value_type: type


class ExecuteProcess:
    """A process. What it prints goes to the screen and to the handlers of its output, one line after the other."""

    def __init__(self, *, cmd: list[str], name: str, additional_env: dict[str, str], **_: Any) -> None:
        self.command, self.name, self._environment = cmd, name, additional_env
        self.process: subprocess.Popen[bytes] | None = None
        self._reader: Thread | None = None

    def execute(self, context: Context) -> None:
        if context.is_shutdown:
            return
        environment = {**os.environ, **self._environment}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(self.command, env=environment, **pipes)
        print(f"[{self.name}]: process started with pid [{self.process.pid}]", flush=True)
        self._reader = Thread(target=self._read, args=(context,))
        self._reader.start()
        context.nodes.append(self)

    def ended(self) -> int | None:
        """The exit code, once all that it printed was handled."""
        if self.process is None or self._reader is None or self._reader.is_alive():
            return None
        return self.process.poll()

    def _read(self, context: Context) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            print(f"[{self.name}] {line.decode(errors='replace')}", end="", flush=True)
            for handler in list(context.handlers):
                if isinstance(handler, OnProcessIO) and handler.target_action is self:
                    handler.on_stdout(SimpleNamespace(text=line))


class Node(ExecuteProcess):
    """An installed executable of the package, with the words that the real one adds."""

    def __init__(
        self,
        *,
        executable: str,
        name: str,
        namespace: str = "",
        arguments: Any = (),
        parameters: Any = ({},),
        remappings: Any = (),
        **options: Any,
    ) -> None:
        values = {key: value.value for key, value in parameters[0].items()}
        added = NodeSpec("executor", name, namespace, values, dict(remappings)).command()
        command = [str(INSTALLED / executable), *arguments, *added[added.index("--ros-args") :]]
        super().__init__(cmd=command, name=name, **options)


@dataclass
class LaunchDescription:
    entities: list[Any]


class LaunchService:
    """Runs descriptions, each with its own arguments, to their end."""

    def __init__(self, included: list[tuple[LaunchDescription, dict[str, str]]]) -> None:
        self._included, self._context, self._interrupted = included, Context({}), _signals()

    def run(self) -> int:
        code, asked = 0, False
        steps: list[Callable[[], None]] = [partial(self._include, *each) for each in self._included]
        while steps or self._context.nodes:
            try:
                (steps.pop(0) if steps else self._look)()
            except KeyboardInterrupt:
                self._context.is_shutdown = True
            except Exception as error:
                print(f"Caught exception in launch (see debug for traceback): {error}", flush=True)
                code, self._context.is_shutdown = 1, True
            self._context.is_shutdown |= self._interrupted()
            if self._context.is_shutdown and not asked:
                asked, steps = True, []
                for node in self._context.nodes:
                    _ask(node)
        return code

    def _include(self, description: LaunchDescription, arguments: dict[str, str]) -> None:
        self._context.values = dict(arguments)
        self._do(description.entities)

    def _do(self, entities: list[Any] | None) -> None:
        for entity in entities or []:
            self._do(entity.execute(self._context))

    def _look(self) -> None:
        sleep(0.05)
        self._context.is_shutdown |= self._interrupted()  # before it hears of a process that the same signal ended
        for node in list(self._context.nodes):
            code = node.ended()
            if code is None:
                continue
            self._context.nodes.remove(node)
            event = SimpleNamespace(returncode=code)
            for handler in list(self._context.handlers):
                if isinstance(handler, OnProcessExit) and handler.target_action is node:
                    self._do(handler.on_exit(event, self._context))


def _signals() -> Callable[[], bool]:
    """Whether a signal came, by the descriptor that Python writes to, whatever its handlers do."""
    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(write)

    def heard() -> bool:
        try:
            return signal.SIGINT in os.read(read, 100)
        except BlockingIOError:
            return False

    return heard


def _ask(node: ExecuteProcess) -> None:
    """SIGINT, and SIGKILL for one that does not end."""
    if node.process is not None and node.process.poll() is None:
        node.process.send_signal(signal.SIGINT)
        timer = Timer(GRACE_S, node.process.kill)
        timer.daemon = True
        timer.start()


def install() -> None:
    """Make the names importable as `launch` and `launch_ros`."""
    names = globals()
    modules = {
        "launch": ["LaunchDescription"],
        "launch.actions": [
            "DeclareLaunchArgument",
            "EmitEvent",
            "LogInfo",
            "OpaqueFunction",
            "RegisterEventHandler",
            "Shutdown",
        ],
        "launch.event_handlers": ["OnProcessExit", "OnProcessIO"],
        "launch.events": ["matches_action"],
        "launch.events.process": ["ShutdownProcess"],
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
