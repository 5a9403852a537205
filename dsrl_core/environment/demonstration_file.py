"""A demonstration as a file: an npz of plain arrays, which `./dsrl train-base` keeps and `./dsrl reverse` takes.

`actions` f32[T, a], `states` f32[O, s], `images/NAME` u8[O, h, w, 3] of each camera, and `starts` int[O] where only
some of the T steps were observed. Nothing in it is unpickled.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.storage.durable import atomic_file

IMAGES = "images/"
KIND = "a demonstration is an npz with actions, states and images/NAME"
DIMENSIONS = {"actions": 2, "states": 2, "starts": 1}  # of images 4


def save_demonstration(path: Path, demo: Demonstration) -> None:
    """Write a demonstration; a file that is there already is replaced at once."""
    arrays: dict[str, Any] = {f"{IMAGES}{name}": images for name, images in demo.images.items()}
    arrays |= {"states": demo.states, "actions": demo.actions}
    if demo.starts is not None:
        arrays["starts"] = demo.starts
    with atomic_file(path) as file:
        np.savez(file, **arrays)


def load_demonstration(path: Path) -> Demonstration:
    """Read a demonstration.

    Raises:
        ConfigError: it cannot be read, or is no such file; names it and what is wrong.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: _array(name, file[name]) for name in file.files}
        images = {name.removeprefix(IMAGES): found for name, found in arrays.items() if name.startswith(IMAGES)}
        return Demonstration(images, arrays["states"], arrays["actions"], arrays.get("starts"))
    except KeyError as error:
        raise ConfigError(f"{path} has no array {error}; {KIND}") from error
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} cannot be read ({error}); {KIND}") from error


def longest(paths: Sequence[Path]) -> int:
    """Control steps of the longest of these demonstrations."""
    lengths = []
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            lengths.append(len(file["actions"]))
    return max(lengths)


def _array(name: str, found: Any) -> Any:
    """As its type; ValueError where it has other dimensions."""
    picture = name.startswith(IMAGES)
    if found.ndim != (wanted := 4 if picture else DIMENSIONS.get(name, found.ndim)):
        raise ValueError(f"{name} has shape {found.shape}; expected {wanted} dimensions")
    if picture:
        if found.dtype != np.uint8 or found.shape[3] != 3:
            raise ValueError(f"{name} is {found.dtype}{list(found.shape)}; expected uint8 [O, h, w, 3]")
        return found
    return found.astype(np.int64 if name == "starts" else np.float32)
