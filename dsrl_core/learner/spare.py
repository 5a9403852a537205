"""Large arrays, used again when nobody holds them any more."""

import sys
import threading

import numpy as np

LEAST_BYTES = 2**20  # below, fresh memory costs nothing
MOST = 8  # arrays kept


class SpareArrays:
    """Fresh memory comes page by page and zeroed, which takes longer than to copy a batch of images into it.

    An array counts as spare when nobody but this object refers to it: neither a caller nor a view of it, nor jax, which
    holds on to an array for as long as it reads from it. Threads may share one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrays: list[np.ndarray] = [np.empty(0)]
        self._nobody = self._holders(0)  # references to an array that only this object holds
        self._arrays.clear()

    def take(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """An array of any contents."""
        if np.prod(shape) * dtype.itemsize < LEAST_BYTES:
            return np.empty(shape, dtype)
        with self._lock:
            for i in range(len(self._arrays)):
                fits = self._arrays[i].shape == shape and self._arrays[i].dtype == dtype
                if fits and self._holders(i) == self._nobody:
                    return self._arrays[i]
            self._arrays = [np.empty(shape, dtype), *self._arrays[: MOST - 1]]
            return self._arrays[0]

    def _holders(self, i: int) -> int:
        return sys.getrefcount(self._arrays[i])
