"""Finds the file of a contract or a preset, by its name or its path."""

from pathlib import Path

from dsrl_core.config.paths import names, share
from dsrl_core.errors import ConfigError, among


def is_path(name: str) -> bool:
    """Whether a contract or preset is named by its file rather than by its name."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def contract_path(platform: str) -> Path:
    """The file of a contract; ConfigError where there is none."""
    return settings_file("platforms", platform, Path())


def settings_file(kind: str, name: str, beside: Path) -> Path:
    """Of `config/<kind>/<name>.yaml`, or the file itself: from here, else from the folder `beside`."""
    if is_path(name):
        asked = Path(name).expanduser()
        found = [path for path in (asked, beside / asked) if path.is_file()]
        if not found:
            raise ConfigError(f"{kind[:-1]} {name!r}: there is no such file; or name one of {', '.join(names(kind))}")
        return found[0]
    if name not in names(kind):
        raise ConfigError(
            f"{kind[:-1]} {name!r} is unknown; {among(name, names(kind), ', or the path of a .yaml file')}"
        )
    return share() / "config" / kind / f"{name}.yaml"
