"""Saves a replay buffer to one file, atomically, and loads it; a file that is damaged or has other arrays is refused.

Format: a line of JSON (format, layouts, length of each episode); then per episode, oldest first, its frames and its
steps, one array after the other in the order of their paths, as raw little-endian bytes. The last 32 bytes are the
SHA-256 of everything before.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dsrl_core.errors import CheckpointError
from dsrl_core.learner.replay.episode_ring import EpisodeRing
from dsrl_core.storage.durable import atomic_file
from dsrl_core.storage.nested import Arrays, Layout, Leaf

FORMAT = "dsrl-replay-1"
DIGEST_BYTES = 32
CHUNK = 2**22


def write(path: Path, ring: EpisodeRing, about: dict[str, Any]) -> None:
    """Write the contents of `ring`. `about` is stored with them, and `read` refuses a file whose `about` differs.

    Raises:
        OSError: no space, or the folder cannot be written; `path` is as it was.
    """
    header = {"format": FORMAT, "about": about, "lengths": ring.lengths.tolist(), **_layouts(ring)}
    digest = hashlib.sha256()
    with atomic_file(path) as file:

        def put(data: bytes) -> None:
            digest.update(data)
            file.write(data)

        put(json.dumps(header, sort_keys=True).encode() + b"\n")
        for arrays in (part for episode in ring.contents() for part in episode):
            for name in sorted(arrays):
                put(_little(arrays[name]).tobytes())
        file.write(digest.digest())


def read(path: Path, ring: EpisodeRing, about: dict[str, Any]) -> None:
    """Replace the contents of `ring` by those of a file.

    Raises:
        CheckpointError: the file is missing, damaged, or has other arrays or another `about`; nothing was changed.
    """
    try:
        _verify(path)
        with path.open("rb") as file:
            header = json.loads(file.readline())
            _compare(header, {"format": FORMAT, "about": about, **_layouts(ring)}, path)
            if max(header["lengths"], default=0) > ring.capacity:
                raise CheckpointError(f"{path} has an episode longer than replay_capacity={ring.capacity}")
            ring.clear()
            for number, (frames, steps) in enumerate(_episodes(file, header)):
                ring.add(f"{path}: episode {number}", frames, steps)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error


def _episodes(file: BinaryIO, header: dict[str, Any]) -> Iterator[tuple[Arrays, Arrays]]:
    frames, steps = (_layout(header[part]) for part in ("frames", "steps"))
    for length in header["lengths"]:
        yield _arrays(file, frames, length + 1), _arrays(file, steps, length)


def _arrays(file: BinaryIO, layout: Layout, rows: int) -> Arrays:
    arrays: Arrays = {}
    for name, leaf in sorted(layout.items()):
        data = file.read(rows * leaf.nbytes)
        array = np.frombuffer(data, leaf.dtype.newbyteorder("<")).reshape(rows, *leaf.shape)
        arrays[name] = array.astype(leaf.dtype, copy=False)
    return arrays


def _verify(path: Path) -> None:
    """Check the file's digest, in pieces, as the file may be larger than memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        left = path.stat().st_size - DIGEST_BYTES
        while left > 0 and (data := file.read(min(CHUNK, left))):
            digest.update(data)
            left -= len(data)
        if left or file.read() != digest.digest():
            raise CheckpointError(f"{path} is damaged: its contents do not match their digest; use another one")


def _compare(header: dict[str, Any], wanted: dict[str, Any], path: Path) -> None:
    for key, value in wanted.items():
        if header.get(key) != value:
            raise CheckpointError(f"{path} was written with {key}={header.get(key)!r}, this run has {key}={value!r}")


def _layouts(ring: EpisodeRing) -> dict[str, Any]:
    layouts = {"frames": ring.frames.rows.layout, "steps": ring.step_layout}
    return {
        part: {path: [list(leaf.shape), leaf.dtype.name] for path, leaf in layout.items()}
        for part, layout in layouts.items()
    }


def _layout(plain: dict[str, Any]) -> Layout:
    return {path: Leaf(tuple(shape), np.dtype(dtype)) for path, (shape, dtype) in plain.items()}


def _little(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
