"""Digests that prove two runs equal."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike


def arrays_sha256(items: Iterable[tuple[str, ArrayLike]]) -> str:
    """SHA-256 over named arrays, in the given order.

    Each array counts as its name, dtype, shape and little-endian C-order bytes: equal bytes of other meaning differ.
    """
    digest = hashlib.sha256()
    for name, value in items:
        array = np.ascontiguousarray(value)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes; OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
