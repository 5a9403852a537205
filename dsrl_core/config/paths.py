"""Finds the package's data files in a source tree, a ROS install prefix, or a Python prefix."""

import os
import re
from importlib import metadata
from pathlib import Path

from dsrl_core.errors import ConfigError


def share() -> Path:
    """The folder that holds `config/` and `msg/`.

    Raises:
        ConfigError: the installation lacks its data.
    """
    for parent in Path(__file__).resolve().parents[2:]:
        for folder in (parent, parent / "share" / "dsrl_ros"):
            if (folder / "config" / "platforms").is_dir():
                return folder
    raise ConfigError("the package's config/platforms folder was not found; install dsrl_ros again")


def package_version() -> str:
    """The version of this package, from the `package.xml` beside its data, else as it was installed."""
    path = share() / "package.xml"
    found = re.search(r"<version>(.*?)</version>", path.read_text()) if path.exists() else None
    if found:
        return found[1]
    try:
        return metadata.version("dsrl-ros")
    except metadata.PackageNotFoundError:
        return "unknown version"


def names(kind: str) -> list[str]:
    """Names of the YAML files of `config/<kind>`."""
    return sorted(path.stem for path in (share() / "config" / kind).glob("*.yaml"))


def weights_file(endpoint: str) -> Path:
    """The file of weights that `policy.endpoint` names: a path from `config/`, or `$NAME` for that in a variable.

    Raises:
        ConfigError: the variable is not set.
    """
    if not endpoint.startswith("$"):
        return share() / "config" / endpoint
    path = os.environ.get(endpoint[1:], "")
    if not path:
        raise ConfigError(
            f"policy.endpoint={endpoint}: the environment variable {endpoint[1:]} is not set; "
            "set it to the file of the policy's weights"
        )
    return Path(path).expanduser().absolute()
