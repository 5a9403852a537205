"""`launch_ros` actions from the one description of the graph; imported by `launch/*.launch.py` alone."""

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

from dsrl_core.app.arguments import open_run_of
from dsrl_core.app.check import missing_in
from dsrl_core.config.overrides import words
from dsrl_core.errors import DsrlError
from dsrl_ros.app.domain import take_domain
from dsrl_ros.app.graph import NodeSpec, domain_environment, graph
from launch import LaunchDescription


def describe(platform: str, arguments: dict[str, str] | None = None) -> LaunchDescription:
    """The launch description of a platform; `arguments` adds launch arguments with their defaults."""
    declared = {
        "seed": ("0", "all randomness follows from it"),
        "episodes": ("", "training episodes; empty: the preset's"),
        "num_robots": ("1", "robot ends that feed the learner, in the namespaces robot0, robot1, ..."),
        "out": ("", "folder of the run; empty: runs/<platform>_seed<seed>; an existing run is resumed"),
        "settings": ("", "key=value pairs, separated by spaces"),
        **{name: (default, "topic that is remapped") for name, default in (arguments or {}).items()},
    }
    actions: list[Any] = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in declared.items()
    ]
    return LaunchDescription([*actions, OpaqueFunction(function=_start, args=[platform, list(arguments or {})])])


def _start(context: Any, platform: str, remapped: list[str]) -> list[Any]:
    """Open the run and start its graph, or say what is missing and end."""
    value = {
        name: LaunchConfiguration(name).perform(context)
        for name in ("seed", "episodes", "num_robots", "out", "settings")
    }
    settings = [f"num_robots={value['num_robots']}", *words(value["settings"])]
    if value["episodes"]:
        settings.append(f"schedule.episodes={value['episodes']}")
    try:
        out = Path(value["out"]) if value["out"] else None
        opened = open_run_of(platform, int(value["seed"]), settings, out)
    except DsrlError as error:
        return _end(str(error))
    remappings = {topic_of(name): LaunchConfiguration(name).perform(context) for name in remapped}
    specs = graph(opened.config, opened.folder.config, remappings)
    missing = missing_in(opened.folder.config)
    if missing:
        text = "".join(f"\n  - {part}" for part in missing)
        return _end(f"the graph of {platform} has {len(specs)} nodes, but cannot start yet; missing:{text}")
    simulation = opened.config.platform.robot_end.kind == "simulation"
    domain = take_domain()[0] if simulation else None
    environment = domain_environment(domain, simulation)
    hint = f"run {opened.folder.path}; to look on: " + " ".join(f"{k}={v}" for k, v in environment.items())
    variables = [SetEnvironmentVariable(name, text) for name, text in environment.items()]
    return [LogInfo(msg=hint), *variables, *(action for spec in specs for action in _actions(spec, spec.restarts))]


def topic_of(argument: str) -> str:
    """The contract's image topic of a camera's launch argument: cameras__wrist is /cameras/wrist/image_raw."""
    return f"/{argument.replace('__', '/')}/image_raw"


def _actions(spec: NodeSpec, restarts: int) -> list[Any]:
    """A node, and what its end means: complete, to be started again, or the end of the run."""
    node = Node(
        package="dsrl_ros",
        executable=spec.executable,
        name=spec.name,
        namespace=spec.namespace,
        parameters=[dict(spec.parameters)],
        remappings=list(spec.remappings.items()),
        output="screen",
    )

    def on_exit(event: Any, context: Any) -> list[Any]:
        if context.is_shutdown:
            return []
        if spec.executable == "learner" and event.returncode == 0:
            return [Shutdown(reason="the run is complete")]
        if restarts:
            return [
                LogInfo(msg=f"{spec.name} died ({event.returncode}); it is restarted"),
                *_actions(spec, restarts - 1),
            ]
        return [Shutdown(reason=f"{spec.name} died ({event.returncode}); the run ends")]

    return [RegisterEventHandler(OnProcessExit(target_action=node, on_exit=on_exit)), node]


def _end(reason: str) -> list[Any]:
    return [LogInfo(msg=reason), Shutdown(reason=reason)]
