"""Settings on a command line, `key=value`: the value is YAML, or a text as it stands."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

import yaml

from dsrl_core.config.address import BARE
from dsrl_core.errors import ConfigError

SHORT = {"robot_end": "robot_end.driver", "robot_ip": "robot_end.driver_options.robot_ip"}
YAML_STARTS = ('"', "'", "[", "{", "!")  # of values that are YAML in more than one plain word


def words(text: str) -> list[str]:
    """Split a line into "key=value" parts; a value that is a list or a mapping may have spaces."""
    return [word for word in re.split(r"\s+(?=[\w.]+=)", text.strip()) if word]


def pairs(texts: Sequence[str]) -> dict[str, Any]:
    """Key -> value of "key=value" texts, the short ones written out; raises ConfigError for a text of another form."""
    split = [_split(text) for text in texts]
    return {SHORT.get(key, key): value for key, value in split}


def quoted(text: str) -> str:
    """`text` as a YAML scalar of one line that every YAML reader takes for this text, whatever characters it has."""
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf")).rstrip("\n")


def scalar(value: object) -> str:
    """A value as YAML of one line: a text stays a text, whatever it looks like."""
    return quoted(value) if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True).splitlines()[0]


def word(key: str, text: str) -> str:
    """`key=text` to be pasted into a shell, where `pairs` reads `text` again."""
    as_it_stands = not text.startswith(YAML_STARTS) and _plain(text.strip()) == text
    return shlex.quote(f"{key}={text if as_it_stands else quoted(text)}")


def _split(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"{text!r} is not a setting; write key=value, for example schedule.episodes=50")
    if value.strip().startswith(YAML_STARTS) and not BARE.fullmatch(value.strip()):
        try:
            return key, yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ConfigError(f"{key}={value!r} is not a value: {error}") from error
    return key, _plain(value.strip())


def _plain(text: str) -> Any:
    """A number, a truth value, null, or else the text itself: to YAML " #" were a comment and ": " a mapping."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
    is_text = not isinstance(value, bool | int | float | None) or text.startswith(("#", "&"))
    return text if is_text else value
