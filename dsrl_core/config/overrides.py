"""Parses settings on a command line: `key=value`, where the value is YAML."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from dsrl_core.errors import ConfigError


def words(text: str) -> list[str]:
    """Split a line into "key=value" parts; a value that is a list or a mapping may have spaces."""
    return [word for word in re.split(r"\s+(?=[\w.]+=)", text.strip()) if word]


def pairs(texts: Sequence[str]) -> dict[str, Any]:
    """Key -> value of "key=value" texts; raises ConfigError for a text of another form."""
    return dict(_split(text) for text in texts)


def _split(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"{text!r} is not a setting; write key=value, for example schedule.episodes=50")
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{key}={value!r} is not a value: {error}") from error
