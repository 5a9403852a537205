"""Reads the benchmark's initial states of a task, without torch and without executing what the pickle contains."""

import importlib
import pickle
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero.package import Task


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
