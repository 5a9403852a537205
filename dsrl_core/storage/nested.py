"""Nested mappings of arrays, and flat ones by path: {"images": {"wrist": a}} becomes {"images/wrist": a}."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Leaf(NamedTuple):
    """Shape and dtype of one array of a layout, without the leading axis."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape)) * self.dtype.itemsize


Layout = Mapping[str, Leaf]  # by path
Arrays = dict[str, np.ndarray]  # by path


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The leaves of `tree` by path, sorted."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        path = f"{prefix}{name}"
        flat |= flatten(value, f"{path}/") if isinstance(value, Mapping) else {path: value}
    return dict(sorted(flat.items()))


def check_rows(name: str, values: Mapping[str, np.ndarray], layout: Layout, rows: int) -> None:
    """Check that arrays have `rows` rows and fit a layout.

    Args:
        name: of what the arrays belong to, for messages.
        values: arrays by path.
        layout: shapes and dtypes that they must have.
        rows: length of the leading axis.
    Raises:
        ValueError: a leaf is missing or unknown, has another shape or dtype, or holds a value that is not finite;
            says which, and in which row.
    """
    if values.keys() != layout.keys():
        raise ValueError(f"{name}: has the arrays {sorted(values)}, expected {sorted(layout)}")
    for path, leaf in layout.items():
        array = values[path]
        if array.shape != (rows, *leaf.shape):
            raise ValueError(f"{name}: {path} has shape {array.shape}, expected {(rows, *leaf.shape)}")
        if array.dtype != leaf.dtype:
            raise ValueError(f"{name}: {path} is {array.dtype}, expected {leaf.dtype}")
        if leaf.dtype.kind == "f" and not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(f"{name}: {path} is {array[place]} at {list(place)}; every value must be finite")
