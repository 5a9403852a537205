"""All settings by their dotted names, for who misspelt one."""

import dataclasses
import typing
from collections.abc import Iterator

from dsrl_core.config.run import HOMES, RunConfig
from dsrl_core.errors import nearest


def setting_names() -> list[str]:
    """Dotted names of all settings that `key=value` can set, options of plug-ins and parts of cameras left out."""
    names = [name.removeprefix("platform.").removeprefix("preset.") for name in _names(RunConfig)]
    return [name for name in names if name.split(".")[0] in HOMES]


def nearest_setting(key: str) -> str:
    """The setting that is most like `key`, first of those with the same last word; empty where none is like it."""
    last = key.rsplit(".", maxsplit=1)[-1]
    names = sorted(setting_names(), key=lambda name: name.startswith("operator."))  # of which few are meant
    ends = {name.split(".")[-1]: name for name in reversed(names)}  # the first of several
    return ends.get(last) or nearest(key, names) or ends.get(nearest(last, ends), "")


def _names(cls: type, before: str = "") -> Iterator[str]:
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        if dataclasses.is_dataclass(hints[field.name]):
            yield from _names(hints[field.name], f"{before}{field.name}.")
        else:
            yield f"{before}{field.name}"
