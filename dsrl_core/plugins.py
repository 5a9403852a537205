"""Plug-ins are files found by name: of this repository, of an installed package, or any module by its dotted path.

A package offers one by an entry point of the group `dsrl_ros.<kind>`, in its pyproject.toml:

    [project.entry-points."dsrl_ros.policies"]
    my_policy = "my_package.my_policy"
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from traceback import format_exc
from types import ModuleType
from typing import Any

from dsrl_core.errors import ConfigError, among

NO_PLUGINS = ("base", "shared", "pipeline")  # files and folders beside the plug-ins that serve them


@dataclass(frozen=True, slots=True)
class PluginKind:
    """One kind of plug-in."""

    name: str  # in the plural, as in the group of entry points
    package: str  # whose files and folders are the plug-ins of this repository

    @property
    def group(self) -> str:
        """Of entry points."""
        return f"dsrl_ros.{self.name}"


POLICIES = PluginKind("policies", "dsrl_core.policy.backends")
EMBODIMENTS = PluginKind("embodiments", "dsrl_core.policy.embodiments")
REWARDS = PluginKind("rewards", "dsrl_core.environment.rewards")
ENCODERS = PluginKind("encoders", "dsrl_core.networks.encoders")
DISTRIBUTIONS = PluginKind("distributions", "dsrl_core.networks.distributions")
AUGMENTATIONS = PluginKind("augmentations", "dsrl_core.augmentations")
ALGORITHMS = PluginKind("algorithms", "dsrl_core.algorithms")
COMMAND_ENCODERS = PluginKind("command_encoders", "dsrl_core.acting.execution.command_encoders")
LIMITS = PluginKind("limits", "dsrl_core.acting.execution.limits")
SINKS = PluginKind("sinks", "dsrl_core.training.sinks")


def plugin_names(kind: PluginKind) -> list[str]:
    """Names of the plug-ins of a kind, those of this repository and of installed packages."""
    return sorted({*_own(kind), *(point.name for point in _offered(kind))})


def load_plugin(kind: PluginKind, name: str, key: str) -> ModuleType:
    """Import a plug-in.

    Args:
        kind: where to look.
        name: of the file or of the entry point, or the dotted path of a module elsewhere.
        key: the setting that names it, for the message.
    Raises:
        ConfigError: there is none, two have the name, or it cannot be imported; lists those that there are.
    """
    path = name if "." in name else _path_of(kind, name, key)
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{path}.".startswith(f"{error.name}."):  # the plug-in itself is not there
            raise ConfigError(f"{key}={name!r} cannot be loaded: {error} (asked for by {path})") from error
        raise ConfigError(f"{key}={name!r}: {path} imports what is not installed:\n{format_exc()}") from error
    except Exception as error:  # whatever a foreign module raises while it is imported
        raise ConfigError(f"{key}={name!r}: {path} fails when it is imported:\n{format_exc()}") from error


def _path_of(kind: PluginKind, name: str, key: str) -> str:
    """Of the one module that has this name."""
    own = [f"{kind.package}.{name}"] if name in _own(kind) else []
    offered = [point for point in _offered(kind) if point.name == name]
    found = [*own, *(point.module for point in offered)]
    if not found:
        raise ConfigError(f"{key}={name!r} is unknown; {among(name, plugin_names(kind))}")
    if len(found) > 1:
        claims = [*own, *(f"{point.value} of {_distribution(point)}" for point in offered)]
        raise ConfigError(f"{key}={name!r} is the name of several: {', '.join(claims)}; name one by its dotted path")
    return found[0]


def _own(kind: PluginKind) -> list[str]:
    return [m.name for m in iter_modules(import_module(kind.package).__path__) if m.name not in NO_PLUGINS]


def _offered(kind: PluginKind) -> list[EntryPoint]:
    points: Iterable[EntryPoint] = _installed(tuple(sys.path)).select(group=kind.group)
    return sorted(points, key=lambda point: (point.name, point.value))


@cache
def _installed(path: tuple[str, ...]) -> Any:  # before Python 3.12 not `EntryPoints`, but it selects alike
    """Entry points of all packages on the path; read once, as that takes some 20 ms and each plug-in asks."""
    return entry_points()


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an installed package"
