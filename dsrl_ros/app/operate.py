"""Keys of the person at a robot, in a terminal of its own: `python -m dsrl_ros.app.operate RUN`."""

import argparse
import os
import sys
from pathlib import Path

from dsrl_core.app.commands.operator import add_arguments
from dsrl_core.config.run import RunConfig, read_run
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_ros.app.graph import NO_LOG_FILES, domain_environment
from dsrl_ros.interface.exit_codes import USAGE_ERROR


def node_arguments(config: RunConfig, path: Path, robot: str) -> list[str]:
    """Arguments of a node beside the graph whose configuration is at `path`, in the robot's namespace.

    Raises:
        ConfigError: the run has no such robot, or no operator takes part in it.
    """
    if robot not in config.robots:
        raise ConfigError(f"--robot={robot!r} is none of this run's; allowed: {', '.join(config.robots)}")
    if config.platform.episode.reset != "operator":
        raise ConfigError(f"{path.parent}: no person takes part in this run (episode.reset: automatic)")
    names = ["-r", "__node:=keys", "-r", f"__ns:=/{robot}"]
    return ["--ros-args", NO_LOG_FILES, *names, "-p", f"config:={path}", "-p", f"robot:={robot}"]


def environment_of(config: RunConfig) -> dict[str, str]:
    """What this process must have in its environment to meet the graph.

    Raises:
        ConfigError: the graph is that of a simulation, and its domain was not told.
    """
    simulation = config.platform.robot_end.kind == "simulation"
    if simulation and "ROS_DOMAIN_ID" not in os.environ:
        raise ConfigError("ROS_DOMAIN_ID is not set; it must be the number in the first line that `./dsrl up` printed")
    return domain_environment(None, simulation)


def words(keys: dict[str, str]) -> str:
    """The keys, for people."""
    return ", ".join(f"{key}: {event.replace('_', ' ')}" for key, event in keys.items())


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dsrl operator", description=__doc__)
    add_arguments(parser)
    args = parser.parse_args()
    path = args.run.resolve() / "config.yaml"
    try:
        config = read_run(path)
        arguments = node_arguments(config, path, args.robot)
        os.environ |= environment_of(config)
    except (DsrlError, OSError) as error:
        print(f"./dsrl operator: {error}", file=sys.stderr)
        sys.exit(USAGE_ERROR)
    print(f"keys: {words(config.platform.operator.keys)}; ctrl-C ends this, not the run", flush=True)
    sys.argv = ["keys", *arguments]
    from dsrl_ros.nodes.operator_node import keys

    keys()


if __name__ == "__main__":
    main()
