"""The file of a flow policy: an npz of arrays and one JSON text, without pickle."""

import dataclasses
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.config.paths import share
from dsrl_core.errors import ConfigError
from dsrl_core.policy.flow.network import Architecture
from dsrl_core.types import F32

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and standard deviation of states f32[s] and actions f32[a], with which the network's data are normalised."""

    state_mean: F32
    state_std: F32
    action_mean: F32
    action_std: F32


@dataclass(frozen=True, slots=True)
class FlowWeights:
    """The contents of a flow policy's file."""

    cameras: tuple[str, ...]  # in the order in which their channels are stacked
    architecture: Architecture
    normalisation: Normalisation
    params: dict[str, F32]
    command: str  # the command line that made it
    evaluation: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # noise -> episodes, successes


def save_weights(weights: FlowWeights, path: Path) -> None:
    """Write atomically; equal weights give equal arrays and text."""
    about = {
        "format": FORMAT,
        "command": weights.command,
        "cameras": weights.cameras,
        "architecture": dataclasses.asdict(weights.architecture),
        "evaluation": weights.evaluation,
    }
    arrays: dict[str, Any] = {f"norm/{k}": v for k, v in dataclasses.asdict(weights.normalisation).items()}
    arrays |= {f"params/{name}": np.asarray(value, np.float32) for name, value in weights.params.items()}
    temporary = path.with_name(f".{path.name}.partial")
    with temporary.open("wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
    temporary.replace(path)


def load_weights(path: Path) -> FlowWeights:
    """Read what `save_weights` wrote.

    Raises:
        ConfigError: missing, damaged, of another format, or of shapes that do not fit its architecture.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
    except FileNotFoundError as error:
        raise ConfigError(f"the base policy {path} is missing; {_remedy(path)}") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} is not a flow policy: {error}") from error
    try:
        if about["format"] != FORMAT:
            raise ConfigError(f"{path}: format={about['format']!r} is unknown; allowed: {FORMAT}")
        return _checked(
            FlowWeights(
                cameras=tuple(about["cameras"]),
                architecture=_architecture(about["architecture"]),
                normalisation=Normalisation(**_group(arrays, "norm/")),
                params=_group(arrays, "params/"),
                command=about["command"],
                evaluation=about.get("evaluation", {}),
            ),
            path,
        )
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path} is damaged: {error}") from error


def _architecture(values: dict[str, Any]) -> Architecture:
    made: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return Architecture(**made)


def _group(arrays: dict[str, F32], prefix: str) -> dict[str, F32]:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def _checked(weights: FlowWeights, path: Path) -> FlowWeights:
    arch, norm = weights.architecture, weights.normalisation
    wanted = arch.shapes() | {"state_mean": (arch.state_dim,), "state_std": (arch.state_dim,)}
    wanted |= {"action_mean": (arch.action_dim,), "action_std": (arch.action_dim,)}
    found = weights.params | dataclasses.asdict(norm)
    for name in sorted(wanted.keys() | found.keys()):
        shape = found[name].shape if name in found else None
        if shape != wanted.get(name):
            raise ConfigError(f"{path}: array {name} has shape {shape}; allowed: {wanted.get(name)}")
        if found[name].dtype != np.float32 or not np.isfinite(found[name]).all():
            raise ConfigError(f"{path}: array {name} must be finite float32")
    return weights


def _remedy(path: Path) -> str:
    """What to do about a missing file: only policies with a file in `config/bases` can be made with train-base."""
    if (share() / "config" / "bases" / f"{path.stem}.yaml").exists():
        return f"make it with ./dsrl train-base {path.stem}"
    return "name in policy.endpoint a file that is there, or a policy server: ws://host:port"
