"""What pyproject.toml cannot say: which packages there are, and the data beside them."""

from pathlib import Path

from setuptools import find_packages, setup


def data_files() -> list[tuple[str, list[str]]]:
    """Settings, base policies and messages, where `dsrl_core.config.paths` looks for them."""
    folders: dict[str, list[str]] = {}
    for top in ("config", "msg"):
        for path in sorted(Path(top).rglob("*")):
            if path.is_file():
                folders.setdefault(f"share/dsrl_ros/{path.parent.as_posix()}", []).append(path.as_posix())
    return list(folders.items())


setup(
    packages=find_packages(include=["dsrl_core", "dsrl_core.*", "sim_bridge", "sim_bridge.*"]),
    data_files=data_files(),
)
