"""Environments by name: each is a file of `sim_bridge/envs` with `make(**options: str) -> Environment`."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from dsrl_core.environment import Environment
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import load_plugin, plugin_names

PACKAGE = "sim_bridge.envs"


def environment_kinds() -> list[str]:
    """Names of the environment files, e.g. ["aloha", "reach"]."""
    return plugin_names(PACKAGE)


def environment_module(kind: str) -> ModuleType:
    """The file of an environment; `kind` may also be the dotted path of a module elsewhere.

    Raises:
        ConfigError: no such environment, or a package it needs is not installed.
    """
    try:
        return import_module(kind) if "." in kind else load_plugin(PACKAGE, kind, "robot_end.environment")
    except ImportError as error:
        raise ConfigError(f"environment {kind!r} cannot be loaded: {error}") from error


def make_environment(kind: str, options: Mapping[str, str]) -> Environment:
    """Build an environment in this process.

    Raises:
        ConfigError: kind or an option is unknown; names what is allowed.
    """
    make = environment_module(kind).make
    allowed = sorted(inspect.signature(make).parameters)
    unknown = sorted(set(options) - set(allowed))
    if unknown:
        key = unknown[0]
        raise ConfigError(f"{kind} option {key}={options[key]!r} is unknown; allowed: {', '.join(allowed) or 'none'}")
    environment: Environment = make(**options)
    return environment
