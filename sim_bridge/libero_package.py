"""LIBERO's Python package without its side effects: no question on stdin, no torch, no file in the home folder."""

import importlib
import importlib.util
import logging
import os
import pickle
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from dsrl_core.errors import ConfigError

SUITES = ("libero_spatial", "libero_object", "libero_goal", "libero_10", "libero_90")


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a suite."""

    suite: str
    index: int
    name: str
    instruction: str  # for the policy, as the benchmark words it
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
        raise ConfigError(f"libero option suite={suite!r} is unknown; allowed: {', '.join(SUITES)}")
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


def initial_states(task: Task) -> NDArray[np.float64]:
    """The benchmark's initial states [n, 1 + nq + nv]: time, joint positions, velocities.

    The file is torch's: a zip in which the array is pickled. Nothing but a numpy array is let out of it.

    Raises:
        ConfigError: the file is damaged or holds something else.
    """
    try:
        with zipfile.ZipFile(task.initial_states_file) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(name) as file:
                states = _ArrayUnpickler(file).load()
    except (OSError, zipfile.BadZipFile, pickle.UnpicklingError, StopIteration, EOFError) as error:
        raise ConfigError(f"{task.initial_states_file} cannot be read: {error}; install hf-libero again") from error
    if not isinstance(states, np.ndarray) or states.dtype != np.float64 or states.ndim != 2:
        raise ConfigError(f"{task.initial_states_file} holds no array of states; install hf-libero again")
    return states


class _ArrayUnpickler(pickle.Unpickler):
    """Reads arrays of numbers; refuses every other object before it is made."""

    def find_class(self, module: str, name: str) -> Any:
        found = (module.replace("numpy.core", "numpy._core"), name)
        if found == ("numpy._core.multiarray", "_reconstruct"):
            return importlib.import_module("numpy._core.multiarray")._reconstruct
        allowed = {("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype, ("_codecs", "encode"): _encode}
        if found in allowed:
            return allowed[found]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no array of numbers needs")


def _encode(text: str, encoding: str) -> bytes:
    """How protocol 2 writes bytes."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes are written in {encoding!r}, not latin1")
    return text.encode("latin1")


def load(assets: Path) -> ModuleType:
    """Import `libero.libero.envs`, which takes seconds, and let it find its meshes and textures in `assets`.

    Raises:
        ConfigError: a package is missing, or the renderer does not load.
    """
    package_root()
    os.environ.setdefault("MUJOCO_GL", "egl")  # robosuite chooses its renderer when it is imported
    try:
        with _configured(), _quiet_robosuite():
            libero = importlib.import_module("libero.libero")
            envs = importlib.import_module("libero.libero.envs")
    except ImportError as error:
        raise ConfigError(f"libero cannot be imported (MUJOCO_GL={os.environ['MUJOCO_GL']}): {error}") from error
    libero._assets_path_cache = str(assets)
    return envs


def package_root() -> Path:
    """Folder of `libero.libero`, found without importing it."""
    spec = importlib.util.find_spec("libero")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("the package hf-libero is not installed; run ./dsrl again, or: see requirements-libero.txt")
    return Path(spec.submodule_search_locations[0]) / "libero"


def _task_map(root: Path) -> dict[str, list[str]]:
    """Names of all tasks by suite. The module is loaded by its path, as its package imports torch."""
    file = root / "benchmark" / "libero_suite_task_map.py"
    spec = importlib.util.spec_from_file_location("libero_suite_task_map", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ConfigError(f"{file} is missing; install hf-libero again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.libero_task_map


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


@contextmanager
def _quiet_robosuite() -> Iterator[None]:
    """It warns at every start that nobody wrote a file of private macros."""
    logger = logging.getLogger("robosuite_logs")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
