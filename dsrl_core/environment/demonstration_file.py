"""A demonstration as a file: an npz of plain arrays, which `./dsrl train-base` keeps and `./dsrl reverse` takes.

`actions` f32[T, a], `states` f32[O, s], `images/NAME` u8[O, h, w, 3] of each camera, and `starts` int[O] where only
some of the T steps were observed. Other arrays are passed over, and nothing is unpickled.
"""

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.storage.durable import atomic_file

IMAGES = "images/"
KIND = "a demonstration is an npz with actions, states and images/NAME"
PLAIN = {"actions": (2, "fiu"), "states": (2, "fiu"), "starts": (1, "iu")}  # dimensions and kinds of number
LARGEST = 4 << 30  # bytes of a demonstration, unpacked
DAMAGED = (OSError, ValueError, TypeError, EOFError, RuntimeError, MemoryError, SyntaxError)
PACKED = (zipfile.BadZipFile, zlib.error, tokenize.TokenError)


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
        arrays = _arrays(path)
        images = {name.removeprefix(IMAGES): found for name, found in arrays.items() if name.startswith(IMAGES)}
        return Demonstration(images, arrays["states"], arrays["actions"], arrays.get("starts"))
    except KeyError as error:
        raise ConfigError(f"{path} has no array {error}; {KIND}") from error
    except (*DAMAGED, *PACKED) as error:
        raise ConfigError(f"{path} cannot be read ({error}); {KIND}") from error


def _arrays(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > LARGEST:
        raise ValueError(f"it holds {size / 1e9:.0f} GB; at most {LARGEST / 1e9:.0f} GB are taken")
    with np.load(path, allow_pickle=False) as file:
        return {name: _array(name, file[name]) for name in file.files if name in PLAIN or name.startswith(IMAGES)}


def _array(name: str, found: Any) -> Any:
    """As its type; ValueError where it is of another kind."""
    if not isinstance(found, np.ndarray):
        raise ValueError(f"{name} is no array")
    if name.startswith(IMAGES):
        if found.dtype != np.uint8 or found.ndim != 4 or found.shape[3] != 3 or not all(found.shape[1:3]):
            raise ValueError(f"{name} is {found.dtype}{list(found.shape)}; expected uint8 [O, h, w, 3]")
        return found
    dimensions, kinds = PLAIN[name]
    if found.ndim != dimensions or found.dtype.kind not in kinds:
        raise ValueError(f"{name} is {found.dtype}{list(found.shape)}; expected numbers of {dimensions} dimensions")
    return found.astype(np.int64 if name == "starts" else np.float32, copy=False)
