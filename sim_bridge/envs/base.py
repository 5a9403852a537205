"""Environments by name: each is a file or folder of `sim_bridge/envs` with `make(**options: str) -> Environment`."""

import inspect
from collections.abc import Mapping
from types import ModuleType

from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError, among
from dsrl_core.plugins import PluginKind, load_plugin, plugin_names
from sim_bridge.stock import Stock

ENVIRONMENTS = PluginKind("environments", "sim_bridge.envs")


def environment_kinds() -> list[str]:
    """Names of the environment files, e.g. ["aloha", "reach"]."""
    return plugin_names(ENVIRONMENTS)


def environment_module(kind: str) -> ModuleType:
    """The module of an environment; `kind` may also be the dotted path of a module elsewhere.

    Raises:
        ConfigError: no such environment, or a package it needs is not installed.
    """
    return load_plugin(ENVIRONMENTS, kind, "robot_end.environment")


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
        raise ConfigError(f"{kind} option {key}={options[key]!r} is unknown; {among(key, allowed)}")
    environment: Environment = make(**options)
    return environment


def make_expert(kind: str, environment: Environment) -> Expert:
    """The scripted expert of an environment in this process, by `make_expert(environment)` of its module.

    Raises:
        ConfigError: there is none.
    """
    make = getattr(environment_module(kind), "make_expert", None)
    if make is None:
        known = [name for name in environment_kinds() if hasattr(environment_module(name), "make_expert")]
        raise ConfigError(f"{kind!r} has no scripted expert (make_expert); those that have: {', '.join(known)}")
    expert: Expert = make(environment)
    return expert


def make_stock(kind: str, options: Mapping[str, str]) -> Stock:
    """The original environment of its package, by `make_stock(**options)` of the environment's module.

    Raises:
        ConfigError: there is none, or it is not complete here; says what is missing.
    """
    make = getattr(environment_module(kind), "make_stock", None)
    if make is None:
        known = [name for name in environment_kinds() if hasattr(environment_module(name), "make_stock")]
        raise ConfigError(f"{kind!r} has no stock environment; allowed: {', '.join(known)}")
    stock: Stock = make(**options)
    return stock
