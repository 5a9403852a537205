"""SHA-256 digests, by which data of two runs are compared."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike


def arrays_sha256(items: Iterable[tuple[str, ArrayLike]]) -> str:
    """SHA-256 over named arrays, in the given order.

    An array enters with name, dtype, shape and its bytes (little-endian, C order), so that equal bytes of another name
    or type give another digest.
    """
    digest = hashlib.sha256()
    for name, value in items:
        array = np.ascontiguousarray(value)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes; raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
