"""`launch_ros` actions from the one description of the graph; imported by `launch/*.launch.py` alone.

A run that cannot start, or that ends before its schedule, raises: `launch` then shows the reason, ends every process
and returns an exit code that is not 0.
"""

import atexit
from pathlib import Path
from typing import Any

from launch.actions import (
    DeclareLaunchArgument,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.event_handlers import OnProcessExit
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from dsrl_core.app.arguments import asked_of
from dsrl_core.app.outcome import outcome
from dsrl_core.config.overrides import words
from dsrl_core.config.ros_names import check_topic
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.progress import note_death
from dsrl_ros.app.exit_rule import Verdict, on_exit
from dsrl_ros.app.graph import NodeSpec
from dsrl_ros.app.start import RunStart, start_run
from dsrl_ros.app.supervisor import ending
from launch import LaunchDescription

ARGUMENTS = {
    "platform": ("", "name of a contract, or the path of one: my_robot.yaml"),
    "seed": ("0", "all randomness follows from it"),
    "episodes": ("", "training episodes; empty: the preset's"),
    "num_robots": ("1", "robot ends that feed the learner, in the namespaces robot0, robot1, ..."),
    "out": ("", "folder of the run; empty: runs/<platform>_seed<seed>; an existing run is resumed"),
    "settings": ("", "key=value pairs, separated by spaces"),
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


def _start(context: Any, remapped: list[str]) -> list[Any]:
    """Open the run and start its graph; raises DsrlError where it cannot start, and leaves nothing behind."""
    value = {name: LaunchConfiguration(name).perform(context) for name in (*ARGUMENTS, *remapped)}
    config, folder = asked_of(value["platform"], _seed(value["seed"]), _settings(value), _out(value["out"]))
    for name in remapped:
        check_topic(value[name], name)
    start = start_run(config, folder, {topic_of(name): value[name] for name in remapped})
    atexit.register(start.close)  # not where the shutdown begins: nodes still save and end in the folder and domain
    environment = start.environment.items()
    hint = f"run {start.folder.path}; to look on: " + " ".join(f"{name}={text}" for name, text in environment)
    return [
        *(LogInfo(msg=note) for note in start.notes),
        LogInfo(msg=hint),
        *(SetEnvironmentVariable(name, text) for name, text in environment),
        *(action for spec in start.specs for action in _actions(start, spec, 0)),
    ]


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"seed:={text} must be a whole number") from error


def _settings(value: dict[str, str]) -> list[str]:
    episodes = [f"schedule.episodes={value['episodes']}"] if value["episodes"] else []
    return [f"num_robots={value['num_robots']}", *words(value["settings"]), *episodes]


def _out(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def topic_of(argument: str) -> str:
    """The contract's image topic of a camera's launch argument: cameras__wrist is /cameras/wrist/image_raw."""
    return f"/{argument.replace('__', '/')}/image_raw"


def _actions(start: RunStart, spec: NodeSpec, restarts: int) -> list[Any]:
    """A node, and what its end means: complete, to be started again, or the end of the run."""
    node = Node(
        package="dsrl_ros",
        executable=spec.executable,
        name=spec.name,
        namespace=spec.namespace,
        parameters=[{n: ParameterValue(value, value_type=type(value)) for n, value in spec.parameters.items()}],
        remappings=list(spec.remappings.items()),
        output="screen",
    )

    def ended(event: Any, context: Any) -> list[Any]:
        if context.is_shutdown:
            return []
        how, verdict = ending(event.returncode), on_exit(spec, event.returncode, restarts)
        if verdict is Verdict.COMPLETE:
            return [LogInfo(msg=outcome(start.folder)), Shutdown(reason="the run is complete")]
        if verdict is Verdict.RESTART:
            text = f"{spec.name} {how}; restart {restarts + 1} of {spec.restarts}"
            note_death(start.folder, text)
            return [LogInfo(msg=text), *_actions(start, spec, restarts + 1)]
        if verdict is Verdict.INTERRUPTED:
            how = f"was asked to end; out:={start.folder.path} goes on"
        raise DsrlError(f"{spec.name} of {spec.namespace} {how}; the run ends")

    return [RegisterEventHandler(OnProcessExit(target_action=node, on_exit=ended)), node]
