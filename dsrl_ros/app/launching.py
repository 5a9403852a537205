"""`launch_ros` actions from the one description of the graph; imported by `launch/*.launch.py` alone.

A run that cannot start, or that ends before its schedule, raises: `launch` then shows the reason, ends every process
and returns an exit code that is not 0.
"""

import atexit
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
)
from launch.event_handlers import OnProcessExit, OnProcessIO
from launch.events import matches_action
from launch.events.process import ShutdownProcess
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from dsrl_core.app.arguments import asked_of
from dsrl_core.app.outcome import outcome
from dsrl_core.config.overrides import words
from dsrl_core.config.ros_names import check_topic
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.progress import note_death
from dsrl_core.run.role import Role, place_of
from dsrl_ros.app.exit_rule import COMPLETING, Verdict, asked, on_exit
from dsrl_ros.app.graph import NodeSpec
from dsrl_ros.app.hosts import Joining, join_run, lead_run
from dsrl_ros.app.start import RunStart, start_run
from dsrl_ros.app.supervisor import GRACE_S, ending
from launch import LaunchDescription

PATIENCE_S = 120.0  # of a host that joins
ARGUMENTS = {
    "platform": ("", "name of a contract, or the path of one: my_robot.yaml"),
    "seed": ("", "all randomness follows from it; empty: 0"),
    "episodes": ("", "training episodes; empty: the preset's"),
    "num_robots": ("", "robot ends that feed the learner, in the namespaces robot0, robot1, ...; empty: 1"),
    "out": ("", "folder of the run; empty: runs/<platform>_seed<seed>; an existing run is resumed"),
    "settings": ("", "key=value pairs, separated by spaces"),
    "role": ("", "this host's part of a run on several hosts: learner, robot or view; empty: all of the run"),
    "robot": ("", "with role:=robot, which of the run's robots are here, separated by commas; empty: all"),
}


def describe(platform: str, arguments: dict[str, str] | None = None) -> LaunchDescription:
    """The launch description of a platform.

    Args:
        platform: of `config/platforms`, unless the launch argument of this name says otherwise.
        arguments: further launch arguments with their defaults: topics that are remapped.
    """
    topics = {name: (default, "topic that is remapped") for name, default in (arguments or {}).items()}
    declared = {**ARGUMENTS, "platform": (platform, ARGUMENTS["platform"][1]), **topics}
    actions: list[Any] = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in declared.items()
    ]
    return LaunchDescription([*actions, OpaqueFunction(function=_start, args=[list(topics)])])


@dataclass
class Launched:
    """One run of a launch; a launch may include several."""

    start: RunStart
    processes: list[Any] = field(default_factory=list)  # actions of those that were started
    complete: bool = False


_launched: list[Launched] = []  # of this process, which is one launch


def _start(context: Any, remapped: list[str]) -> list[Any]:
    """Open the run and start its graph; raises DsrlError where it cannot start, and leaves nothing behind."""
    value = {name: LaunchConfiguration(name).perform(context) for name in (*ARGUMENTS, *remapped)}
    for name in remapped:
        check_topic(value[name], name)
    with _interruptible():
        start = _begin(value, {topic_of(name): value[name] for name in remapped})
    atexit.register(start.close)  # not where the shutdown begins: nodes still save and end in the folder and domain
    run = Launched(start)
    _launched.append(run)
    hint = f"run {start.folder.path} (logs in {start.folder.logs}); to look on: " + " ".join(
        f"{name}={text}" for name, text in start.environment.items()
    )
    return [
        *(LogInfo(msg=note) for note in start.notes),
        LogInfo(msg=hint),
        *(action for spec in start.specs for action in _actions(run, spec, 0)),
        *_progress(run),
    ]


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let ctrl-C end what is done before any process runs, and leave it to `launch` alone from then on.

    `launch` hears of signals between actions. It leaves Python's own handler in place, whose KeyboardInterrupt in the
    middle of starting a process makes `launch` wait for that process for ever.

    Raises:
        DsrlError: it came.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt as error:
        raise DsrlError("interrupted before the run began; nothing of it is left") from error
    finally:
        signal.signal(signal.SIGINT, _left_to_launch)


def _left_to_launch(number: int, frame: FrameType | None) -> None:
    """Python has told `launch` of the signal already, by the file descriptor that it asked for."""


def _begin(value: dict[str, str], remappings: dict[str, str]) -> RunStart:
    """The run that the launch arguments ask for, or this host's part of it."""
    place, settings = place_of(value["role"], value["robot"]), _settings(value)
    seed, out = value["seed"], _out(value["out"])
    if place.role.joins:
        joining = Joining(value["platform"], place, tuple(settings), _seed(seed) if seed else None, out)
        return join_run(joining, remappings, PATIENCE_S)
    asked_run = asked_of(value["platform"], _seed(seed or "0"), settings, out)
    return (lead_run if place.role is Role.LEARNER else start_run)(*asked_run, remappings)


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"seed:={text} must be a whole number") from error


def _settings(value: dict[str, str]) -> list[str]:
    episodes = [f"schedule.episodes={value['episodes']}"] if value["episodes"] else []
    robots = [f"num_robots={value['num_robots']}"] if value["num_robots"] else []
    return [*robots, *words(value["settings"]), *episodes]


def _out(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def topic_of(argument: str) -> str:
    """The contract's image topic of a camera's launch argument: cameras__wrist is /cameras/wrist/image_raw."""
    return f"/{argument.replace('__', '/')}/image_raw"


def _actions(run: Launched, spec: NodeSpec, restarts: int) -> list[Any]:
    """A node, and what its end means: complete, to be started again, or the end of the run."""
    node = Node(
        package="dsrl_ros",
        executable=spec.executable,
        name=spec.name,
        namespace=spec.namespace,
        parameters=[{n: ParameterValue(value, value_type=type(value)) for n, value in spec.parameters.items()}],
        remappings=list(spec.remappings.items()),
        **_of_process(run),
    )

    def ended(event: Any, context: Any) -> list[Any]:
        if context.is_shutdown or run.complete:
            return _ended_with_the_rest(run, spec)
        how, verdict = ending(event.returncode), on_exit(spec, event.returncode, restarts)
        if verdict is Verdict.COMPLETE:
            return _completed(run)
        if verdict is Verdict.RESTART:
            text = f"{spec.name} {how}; restart {restarts + 1} of {spec.restarts}"
            if not spec.observer:
                note_death(run.start.folder, text)
            return [LogInfo(msg=text), *_actions(run, spec, restarts + 1)]
        if verdict is Verdict.GO_ON:
            return [LogInfo(msg=f"{spec.name} {how}; the run goes on without it")]
        if verdict is Verdict.INTERRUPTED:
            raise DsrlError(f"{asked(spec, event.returncode)}; {_again(run)} goes on")
        raise DsrlError(f"{spec.name} of {spec.namespace} {how}; the run ends")

    return _kept(run, node, spec.label, ended)


def _ended_with_the_rest(run: Launched, spec: NodeSpec) -> list[Any]:
    """What is said of a node that was ended with all others; raises DsrlError, once, where the run is not complete."""
    if spec.executable in COMPLETING and not run.complete:
        raise DsrlError(f"run {run.start.folder.path} is stopped and saved; {_again(run)} goes on")
    return []


def _again(run: Launched) -> str:
    return f"{run.start.domain_again}out:={run.start.folder.path}"


def _completed(run: Launched) -> list[Any]:
    """Say what the run came to, and end its processes; with the last run all that was launched beside it ends."""
    run.complete = True
    told = LogInfo(msg="the run is complete" if run.start.place.role.joins else outcome(run.start.folder))
    if all(each.complete for each in _launched):
        return [told, Shutdown(reason="the run is complete")]
    return [told, *(EmitEvent(event=ShutdownProcess(process_matcher=matches_action(p))) for p in run.processes)]


def _progress(run: Launched) -> list[Any]:
    """A process that says where the run is; its end means nothing."""
    path = str(run.start.folder.config)
    process = Node(package="dsrl_ros", executable="progress", name="progress", arguments=[path], **_of_process(run))
    return _kept(run, process, "progress", lambda event, context: [])


def _of_process(run: Launched) -> dict[str, Any]:
    """Keywords of every process. The environment is its own: that of the launch is shared by all runs in it."""
    grace = str(GRACE_S / 2)
    return {
        "additional_env": dict(run.start.environment),
        "output": "screen",
        "sigterm_timeout": grace,
        "sigkill_timeout": grace,
    }


def _kept(run: Launched, process: Any, label: str, ended: Any) -> list[Any]:
    """A process with what follows from its end; what it prints is kept in the run's folder, too."""
    run.processes.append(process)
    log = run.start.folder.logs / f"{label}.log"
    log.touch()  # one that stays empty says that nothing was said

    def printed(event: Any) -> None:
        with log.open("ab") as file:
            file.write(event.text)

    return [
        RegisterEventHandler(OnProcessIO(target_action=process, on_stdout=printed, on_stderr=printed)),
        RegisterEventHandler(OnProcessExit(target_action=process, on_exit=ended)),
        process,
    ]
