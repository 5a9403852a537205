"""Conversion of numpy arrays to `array.array`, for message fields, and a check of the values that come in.

Assigning a list or an ndarray to a message field takes a thousand times as long as assigning an `array.array`.
"""

from array import array
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, F64

TYPECODES = {"float32": "f", "float64": "d", "uint8": "B", "uint32": "I", "int64": "q", "uint64": "Q"}


def filled(values: NDArray[Any]) -> "array[Any]":
    """The values of an array, flat in C order."""
    flat = np.ascontiguousarray(values).reshape(-1)
    filled: array[Any] = array(TYPECODES[flat.dtype.name])
    filled.frombytes(flat.view(np.uint8).data)
    return filled


def finite_doubles(values: ArrayLike, where: str) -> F64:
    """`values` as f64; raises as `finite`."""
    finite(values, where)
    return np.asarray(values, np.float64)


def finite(values: ArrayLike, where: str) -> F32:
    """`values` as f32.

    Raises:
        InvalidRequest: a value is not finite in float32; names it, after `where`, the field that the values came from.
    """
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as such
        single = np.asarray(values, np.float32)
    if not np.isfinite(single).all():
        place = int(np.flatnonzero(~np.isfinite(single))[0])
        index = f"[{place}]" if single.ndim else ""
        raise InvalidRequest(f"{where}{index}={np.ravel(values)[place]}: expected a finite value")
    return single
