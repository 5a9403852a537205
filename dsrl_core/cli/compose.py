"""The one place where simulators are found by name; everything else receives them as values."""

from importlib import import_module
from types import ModuleType

from dsrl_core.config.platform import Platform
from dsrl_core.environment import Environment
from dsrl_core.errors import ConfigError


def environment_module(platform: Platform) -> ModuleType:
    """The file of the platform's environment.

    Raises:
        ConfigError: the robot end is hardware, or no such environment exists.
    """
    if platform.robot_end.kind != "simulation":
        raise ConfigError(f"{platform.name} has no simulator (robot_end.kind={platform.robot_end.kind!r})")
    module: ModuleType = import_module("sim_bridge.registry").environment_module(platform.robot_end.environment)
    return module


def make_environment(platform: Platform) -> Environment:
    """The platform's environment, in this process; ConfigError for unknown kinds and options."""
    environment_module(platform)
    registry = import_module("sim_bridge.registry")
    environment: Environment = registry.make_environment(platform.robot_end.environment, platform.robot_end.options)
    return environment
