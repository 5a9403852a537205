"""Storage of frames: rows of arrays in memory that is allocated as it is used."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dsrl_core.learner.replay.array_pool import ArrayPool
from dsrl_core.storage.nested import Arrays, Layout

LARGE_ROW = 2**14  # bytes; rows of this size or more are copied one by one
COPIERS = 2  # threads that copy large rows
BLOCK_BYTES = 2**26  # address space allocated at once; the system provides memory when a page is first written

_copiers = ThreadPoolExecutor(COPIERS, "copy")  # starts its threads at the first use


class Rows:
    """Numbered rows of arrays, in blocks that are allocated when one of their rows is first used."""

    def __init__(self, layout: Layout) -> None:
        self.layout = dict(layout)
        self.row_bytes = sum(leaf.nbytes for leaf in layout.values())
        self._block_rows = max(64, BLOCK_BYTES // max(self.row_bytes, 1))
        self._blocks: dict[int, Arrays] = {}
        self._pool = ArrayPool()

    def write(self, rows: np.ndarray, values: Mapping[str, np.ndarray]) -> None:
        """Put `values` [b, ...] at `rows` i64 [b]."""
        block, row = np.divmod(rows, self._block_rows)
        for number in np.unique(block):
            arrays = self._block(int(number))
            here = block == number
            for path, array in arrays.items():
                array[row[here]] = values[path][here]

    def read(self, rows: np.ndarray, reuse: bool = False) -> Arrays:
        """A copy of the rows i64 [b], arrays [b, ...]; zeros where a row was never written.

        `reuse` takes the copies' memory from an `ArrayPool`, for callers that read batches of one size repeatedly.
        """
        if self._blocks.keys() == {0} and self.row_bytes < LARGE_ROW:
            return {path: array[rows] for path, array in self._blocks[0].items()}
        block, row = np.divmod(rows, self._block_rows)
        blocks = {number: self._block(number) for number in np.unique(block).tolist()}
        take = self._pool.take if reuse else np.empty
        out = {path: take((len(rows), *leaf.shape), leaf.dtype) for path, leaf in self.layout.items()}
        for path, leaf in self.layout.items():
            sources = {number: arrays[path] for number, arrays in blocks.items()}
            copy = _copy_by_block if leaf.nbytes < LARGE_ROW else _copy_by_row
            copy(sources, block, row, out[path])
        return out

    def _block(self, number: int) -> Arrays:
        if number not in self._blocks:
            rows = self._block_rows
            self._blocks[number] = {
                path: np.zeros((rows, *leaf.shape), leaf.dtype) for path, leaf in self.layout.items()
            }
        return self._blocks[number]


def _copy_by_block(sources: Mapping[int, np.ndarray], block: np.ndarray, row: np.ndarray, out: np.ndarray) -> None:
    for number, source in sources.items():
        here = block == number
        out[here] = source[row[here]]


def _copy_by_row(sources: Mapping[int, np.ndarray], block: np.ndarray, row: np.ndarray, out: np.ndarray) -> None:
    """Copy row by row in several threads, as numpy releases the GIL; avoids `_copy_by_block`'s intermediate copy."""
    places = list(zip(block.tolist(), row.tolist(), strict=True))

    def copy(first: int) -> None:
        for to in range(first, len(places), COPIERS):
            number, at = places[to]
            out[to] = sources[number][at]

    list(_copiers.map(copy, range(COPIERS)))


class Frames:
    """Stores each frame once, in a numbered slot; freed slots are used again first. Several buffers may share one.

    `lock` guards the frames and the buffers that use them: one thread may write while others read.
    """

    def __init__(self, layout: Layout) -> None:
        self.lock = threading.RLock()
        self.rows = Rows(layout)
        self._free: list[int] = []
        self._top = 0
        self._watchers: list[list[np.ndarray]] = []

    @property
    def used(self) -> int:
        """Slots that hold a frame; tests hold it against the episodes, so that no slot is lost."""
        return self._top - len(self._free)

    @property
    def top(self) -> int:
        """The most slots that were ever in use at the same time; every slot's number is below."""
        return self._top

    def add(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Store frames [n, ...]; returns their slots i64 [n]."""
        n = len(next(iter(values.values())))
        reused = [self._free.pop() for _ in range(min(n, len(self._free)))]
        fresh = n - len(reused)
        slots = np.asarray([*reused, *range(self._top, self._top + fresh)], np.int64)
        self._top += fresh
        self.rows.write(slots, values)
        for written in self._watchers:
            written.append(slots)
        return slots

    def remove(self, slots: np.ndarray) -> None:
        """Free slots for other frames."""
        self._free.extend(slots[::-1].tolist())

    def watch(self) -> list[np.ndarray]:
        """A list of slots written, those in use now first; `add` appends to it, and the caller empties it."""
        written = [np.arange(self._top)] if self._top else []
        self._watchers.append(written)
        return written
