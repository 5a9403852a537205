"""Environments by name: each is a file of `sim_bridge/envs` with `make(**options: str) -> Environment`."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import sim_bridge.envs as package
from dsrl_core.environment import Environment
from dsrl_core.errors import ConfigError


def environment_kinds() -> list[str]:
    """Names of the environment files, e.g. ["aloha", "reach"]."""
    return sorted(module.name for module in iter_modules(package.__path__))


def environment_module(kind: str) -> ModuleType:
    """The file of an environment; `kind` may also be the dotted path of a module elsewhere.

    Raises:
        ConfigError: no such environment, or a package it needs is not installed.
    """
    if "." not in kind and kind not in environment_kinds():
        raise ConfigError(f"environment {kind!r} is unknown; allowed: {', '.join(environment_kinds())}")
    name = kind if "." in kind else f"{package.__name__}.{kind}"
    try:
        return import_module(name)
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
