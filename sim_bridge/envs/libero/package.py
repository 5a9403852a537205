"""LIBERO's Python package without its side effects: no question on stdin, no torch, no file in the home folder."""

import importlib
import importlib.util
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from dsrl_core.errors import ConfigError, among
from sim_bridge.rendering import use_gl, without_cuda_devices

# Suites and the control steps after which openpi's evaluation ends an episode.
SUITES = {"libero_spatial": 220, "libero_object": 280, "libero_goal": 300, "libero_10": 520, "libero_90": 400}


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a suite."""

    suite: str
    index: int
    name: str
    instruction: str  # in the benchmark's words, for the policy
    bddl_file: Path
    initial_states_file: Path


def find_task(suite: str, task: str) -> Task:
    """A task by suite and id or name; nothing of a simulator is imported.

    Args:
        suite: one of `SUITES`.
        task: its number in the suite, or its name, with or without the scene.
    Raises:
        ConfigError: no such suite or task, or the package is not installed.
    """
    if suite not in SUITES:
        raise ConfigError(f"libero option suite={suite!r} is unknown; {among(suite, SUITES)}")
    root = package_root()
    names = _task_map(root)[suite]
    index = _index(names, suite, task)
    name = names[index]
    folders = (root / kind / suite for kind in ("bddl_files", "init_files"))
    bddl, states = (folder / f"{name}{end}" for folder, end in zip(folders, (".bddl", ".pruned_init"), strict=True))
    return Task(suite, index, name, _instruction(name), bddl, states)


def _index(names: list[str], suite: str, task: str) -> int:
    if task.isdecimal():
        if int(task) < len(names):
            return int(task)
        raise ConfigError(f"libero option task={task!r} is unknown; {suite} has tasks 0 to {len(names) - 1}")
    wanted = task.replace(" ", "_")
    found = [i for i, name in enumerate(names) if wanted in (name, _instruction(name).replace(" ", "_"))]
    if len(found) == 1:
        return found[0]
    if found:
        same = ", ".join(f"{i} ({names[i]})" for i in found)
        raise ConfigError(f"libero option task={task!r} names several tasks of {suite}; allowed: {same}")
    listed = "; ".join(f"{i} {name}" for i, name in enumerate(names))
    raise ConfigError(f"libero option task={task!r} is unknown; allowed in {suite}: {listed}")


def _instruction(name: str) -> str:
    """The words of a task's name, without the scene that leads it: KITCHEN_SCENE10_close_the_..."""
    words = name.split("_")
    first = next(i for i, word in enumerate(words) if word.islower() and word.isalpha())
    return " ".join(words[first:])


def load(assets: Path) -> ModuleType:
    """Import `libero.libero.envs`, which takes seconds, and let it find its meshes and textures in `assets`.

    Raises:
        ConfigError: a package is missing, or the renderer does not load.
    """
    package_root()
    use_gl()  # robosuite chooses its renderer when it is imported
    try:
        _quiet_robosuite()
        with _configured(), without_cuda_devices(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of releases that are pinned
            libero: Any = importlib.import_module("libero.libero")
            envs = importlib.import_module("libero.libero.envs")
        _share_display()
    except (
        ImportError,
        AttributeError,
        OSError,
        RuntimeError,
    ) as error:  # renderers that do not load raise any of these
        raise ConfigError(f"libero cannot be imported: {error}; {about_renderers()}") from error
    libero._assets_path_cache = str(assets)  # set directly, as its configuration file is not read
    return envs


def _share_display() -> None:
    """Let robosuite render with the EGL display that MuJoCo opened; its own rules for devices are others."""
    if os.environ["MUJOCO_GL"] == "egl":
        ours: Any = importlib.import_module("mujoco.egl")
        theirs: Any = importlib.import_module("robosuite.renderers.context.egl_context")
        theirs.EGL_DISPLAY = ours.EGL_DISPLAY


def about_renderers() -> str:
    """What to do if no renderer works."""
    return (
        f"MUJOCO_GL={os.environ.get('MUJOCO_GL', '')} renders; if that is what fails, install libegl1 and "
        "libgl1-mesa-dri, or libosmesa6 and set MUJOCO_GL=osmesa"
    )


def package_root() -> Path:
    """Folder of `libero.libero`, found without importing it."""
    spec = importlib.util.find_spec("libero")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("the package hf-libero is not installed; it is one of requirements-libero.txt")
    return Path(spec.submodule_search_locations[0]) / "libero"


def _task_map(root: Path) -> dict[str, list[str]]:
    """Names of all tasks by suite, without the package around the list, which imports torch."""
    return _module("libero_suite_task_map", root / "benchmark" / "libero_suite_task_map.py").libero_task_map


@contextmanager
def _configured() -> Iterator[None]:
    """Without its configuration file the package asks on stdin where its data sets are."""
    root, before = package_root(), os.environ.get("LIBERO_CONFIG_PATH")
    folders = {"benchmark_root": ".", "bddl_files": "bddl_files", "init_states": "init_files", "assets": "assets"}
    paths = {key: str(root / folder) for key, folder in {**folders, "datasets": "../datasets"}.items()}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.yaml").write_text(yaml.safe_dump(paths))
        os.environ["LIBERO_CONFIG_PATH"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["LIBERO_CONFIG_PATH"]
            else:
                os.environ["LIBERO_CONFIG_PATH"] = before


def _quiet_robosuite() -> None:
    """Set robosuite's macros, which must be done before its first import: no log file in /tmp, which may be somebody
    else's, and no advice on stderr to write macros of one's own.
    """
    logging.getLogger("robosuite_logs").setLevel(logging.ERROR)
    name, spec = "robosuite.macros", importlib.util.find_spec("robosuite")
    if name in sys.modules or spec is None or not spec.submodule_search_locations:
        return
    macros: Any = _module(name, Path(spec.submodule_search_locations[0], "macros.py"))
    macros.FILE_LOGGING_LEVEL, macros.CONSOLE_LOGGING_LEVEL = None, "ERROR"
    sys.modules[name] = macros


def _module(name: str, file: Path) -> ModuleType:
    """A module by its path: the package around it stays untouched."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ConfigError(f"{file} is missing; install the packages of requirements-libero.txt again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
