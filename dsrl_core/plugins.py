"""Plug-ins are files: found by name, no registry to edit."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from dsrl_core.errors import ConfigError


def plugin_names(package: str) -> list[str]:
    """Names of the plug-in files of a package such as "dsrl_core.rewards", without `base`."""
    return sorted(m.name for m in iter_modules(import_module(package).__path__) if m.name != "base")


def load_plugin(package: str, name: str, key: str) -> ModuleType:
    """Import `<package>.<name>`.

    Args:
        package: e.g. "dsrl_core.rewards".
        name: file name without ending, or the dotted path of a module elsewhere.
        key: the setting that names it, for the message.
    Raises:
        ConfigError: there is no such file or module; lists the files that exist.
    """
    elsewhere = "." in name
    if not elsewhere and name not in plugin_names(package):
        raise ConfigError(f"{key}={name!r} is unknown; allowed: {', '.join(plugin_names(package))}")
    try:
        return import_module(name if elsewhere else f"{package}.{name}")
    except ImportError as error:
        raise ConfigError(f"{key}={name!r} cannot be loaded: {error}") from error
