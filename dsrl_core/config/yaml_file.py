"""Reads YAML files of settings, and finds the line of a setting, for error messages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dsrl_core.errors import ConfigError


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a file.

    Raises:
        ConfigError: it is missing, is no YAML (with the line), or holds no mapping.
    """
    try:
        values = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark is not None else f"{path}"
        problem = getattr(error, "problem", None) or " ".join(f"{error}".split())
        raise ConfigError(f"{where}: this is not YAML: {problem}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path}:1: the file must hold a mapping of settings, not {type(values).__name__}")
    return dict(values)


def line_of(path: Path, keys: Sequence[str]) -> int:
    """The line number, from 1, of a nested setting in a YAML file, or of the innermost parent that is there."""
    node: Any = yaml.compose(path.read_text())
    line = 1
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next((pair for pair in pairs if pair[0].value == key), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
