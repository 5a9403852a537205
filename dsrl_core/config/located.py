"""Where a wrong setting stands: the file and the line of a contract or preset by path."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsrl_core.config.paths import share
from dsrl_core.config.run import HOMES
from dsrl_core.config.yaml_file import line_of
from dsrl_core.errors import ConfigError

SETTING = re.compile(r"([a-z_]+(?:\.[a-z_0-9]+)+)=")  # as messages name one: sac.utd=10
HOME = re.compile(r"\.(?:platform|preset)\.")  # in the place of a setting: reach.preset.sac.utd


def located(error: ConfigError, words: Mapping[str, Any], contract: Path, preset: Path) -> ConfigError:
    """An error of a contract or preset by path, with its file and line; as it is where a person's word is wrong."""
    key = error.key or next(iter(SETTING.findall(str(error))), "")
    setting = HOME.split(key)[-1]
    path = preset if HOMES.get(setting.split(".")[0]) == "preset" else contract
    by_a_person = any(setting == word or setting.startswith(f"{word}.") for word in words)
    if not key or by_a_person or path.is_relative_to(share() / "config"):
        return error
    return ConfigError(f"{path}:{line_of(path, setting.split('.'))}: {error}", error.key)
