"""Options of plug-ins: a plug-in's file declares them in a dataclass `Options`; their values come from the settings."""

import dataclasses
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from dsrl_core.config.setting import build
from dsrl_core.errors import ConfigError


def option_names(module: ModuleType) -> frozenset[str]:
    """Names of the options of a plug-in; none if it declares none."""
    options = getattr(module, "Options", None)
    return frozenset(field.name for field in dataclasses.fields(options)) if options is not None else frozenset()


def plugin_options(module: ModuleType, values: Mapping[str, Any], key: str) -> Any:
    """The options of a plug-in as its `Options`; None if it has none.

    Args:
        module: the plug-in.
        values: as in the settings.
        key: their place, such as "policy.options", for messages.
    Raises:
        ConfigError: a key is unknown or a value does not fit; names what is allowed.
    """
    options = getattr(module, "Options", None)
    if options is not None:
        return build(options, values, key)
    if values:
        name, value = next(iter(values.items()))
        raise ConfigError(f"{key}.{name}={value!r} is unknown: {module.__name__} has no options", f"{key}.{name}")
    return None


def make_plugin(module: ModuleType, values: Mapping[str, Any], key: str, *args: Any) -> Any:
    """Call a plug-in's `make(*args)`, or `make(*args, options)` if it has options; raises what these raise."""
    options = plugin_options(module, values, key)
    return module.make(*args) if options is None else module.make(*args, options)
