"""Large arrays, used again when nobody holds them any more."""

import sys
import threading

import numpy as np

LEAST_BYTES = 2**20  # below, fresh memory costs nothing
MOST = 8  # arrays kept of a shape and type: two views of each step under way, of the next, and of one that just ended


class ArrayPool:
    """Fresh memory comes page by page and zeroed, which takes longer than to copy a batch of images into it.

    An array counts as spare when nobody but this object refers to it: neither a caller nor a view of it, nor jax, which
    holds on to an array for as long as it reads from it. Threads may share one. It is for arrays of few shapes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrays: dict[tuple[tuple[int, ...], np.dtype], list[np.ndarray]] = {}
        self._nobody = _holders([np.empty(0)], 0)

    def take(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """An array of any contents."""
        if np.prod(shape) * dtype.itemsize < LEAST_BYTES:
            return np.empty(shape, dtype)
        with self._lock:
            arrays = self._arrays.setdefault((shape, dtype), [])
            for i in range(len(arrays)):
                if _holders(arrays, i) == self._nobody:
                    return arrays[i]
            arrays.append(np.empty(shape, dtype))
            del arrays[:-MOST]
            return arrays[-1]


def _holders(arrays: list[np.ndarray], i: int) -> int:
    """References to an array, that of the list among them."""
    return sys.getrefcount(arrays[i])
