"""The file of published flow policies: an npz of arrays, several checkpoints in one, without pickle."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsrl_core.errors import ConfigError, among
from dsrl_core.types import F32

PREFIX, LAYERS = "fm", 4  # arrays fm<checkpoint>.w<layer> [inputs, outputs] and .b<layer> [outputs]


@dataclass(frozen=True, slots=True)
class Layers:
    """Weights f32[inputs, outputs] and biases f32[outputs] of each layer, from the input to the output."""

    weights: tuple[F32, ...]
    biases: tuple[F32, ...]


def load_layers(path: Path, checkpoint: str) -> Layers:
    """Read one checkpoint.

    Raises:
        ConfigError: the file is missing or damaged, there is no such checkpoint, or its shapes do not fit together.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name.startswith(PREFIX)}
    except FileNotFoundError as error:
        raise ConfigError(f"the weights {path} are missing; name the npz of the published flow policies") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} is no npz of flow policies: {error}") from error
    known = sorted({name.split(".")[0].removeprefix(PREFIX) for name in arrays})
    if checkpoint not in known:
        raise ConfigError(f"policy.options.checkpoint={checkpoint!r} is unknown; {among(checkpoint, known)}")
    return _checked(
        {name.split(".")[1]: a for name, a in arrays.items() if name.startswith(f"{PREFIX}{checkpoint}.")}, path
    )


def _checked(arrays: Mapping[str, F32], path: Path) -> Layers:
    missing = [f"{kind}{i}" for i in range(LAYERS) for kind in "wb" if f"{kind}{i}" not in arrays]
    if missing:
        raise ConfigError(f"{path}: layer {missing[0]} is missing")
    weights = tuple(arrays[f"w{i}"] for i in range(LAYERS))
    biases = tuple(arrays[f"b{i}"] for i in range(LAYERS))
    if not all(a.dtype == np.float32 and np.isfinite(a).all() for a in (*weights, *biases)):
        raise ConfigError(f"{path}: all layers must be finite float32")
    inputs = [w.shape[:1] for w in weights[1:]]
    if any(w.ndim != 2 or w.shape[1:] != b.shape for w, b in zip(weights, biases, strict=True)) or inputs != [
        b.shape for b in biases[:-1]
    ]:
        raise ConfigError(f"{path}: layers of {[w.shape for w in weights]} do not fit together")
    return Layers(weights, biases)
