"""Reuses the memory of large arrays that nothing refers to any more."""

import sys
import threading

import numpy as np

LEAST_BYTES = 2**20  # smaller arrays are not pooled: new memory is cheap for them
MOST = 8  # arrays kept per shape and type: two views per gradient step, of two in flight, the next and the last one


class ArrayPool:
    """Gives out arrays and takes those back that are no longer referred to. Thread-safe; meant for few shapes.

    New memory comes from the system page by page and zeroed, which takes longer than to copy a batch of images into
    it. An array is reused when its reference count says that only the pool refers to it. A view of it counts as a
    reference, and so does jax, for as long as it reads from the array.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrays: dict[tuple[tuple[int, ...], np.dtype], list[np.ndarray]] = {}
        self._unused = _references([np.empty(0)], 0)  # reference count of an array that only the pool refers to

    def take(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """An array of this shape and type, with arbitrary contents."""
        if np.prod(shape) * dtype.itemsize < LEAST_BYTES:
            return np.empty(shape, dtype)
        with self._lock:
            arrays = self._arrays.setdefault((shape, dtype), [])
            for i in range(len(arrays)):
                if _references(arrays, i) == self._unused:
                    return arrays[i]
            arrays.append(np.empty(shape, dtype))
            del arrays[:-MOST]
            return arrays[-1]


def _references(arrays: list[np.ndarray], i: int) -> int:
    """Reference count of an array in a list, the list's own reference included."""
    return sys.getrefcount(arrays[i])
