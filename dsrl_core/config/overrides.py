"""Settings as people type them: `key=value`, the value read as YAML."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from dsrl_core.errors import ConfigError


def words(text: str) -> list[str]:
    """The "key=value" words of one line; a value may hold spaces, as a list or a mapping does."""
    return [word for word in re.split(r"\s+(?=[\w.]+=)", text.strip()) if word]


def pairs(texts: Sequence[str]) -> dict[str, Any]:
    """Key -> value of "key=value" words; ConfigError for a word that is none."""
    return dict(_split(text) for text in texts)


def _split(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"{text!r} is not a setting; write key=value, for example schedule.episodes=50")
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{key}={value!r} is not a value: {error}") from error
