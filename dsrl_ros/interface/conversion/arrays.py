"""Conversion of numpy arrays to `array.array`, for message fields.

Assigning a list or an ndarray to a message field takes a thousand times as long as assigning an `array.array`.
"""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPECODES = {"float32": "f", "float64": "d", "uint8": "B", "uint32": "I", "int64": "q", "uint64": "Q"}


def filled(values: NDArray[Any]) -> "array[Any]":
    """The values of an array, flat in C order."""
    flat = np.ascontiguousarray(values).reshape(-1)
    filled: array[Any] = array(TYPECODES[flat.dtype.name])
    filled.frombytes(flat.view(np.uint8).data)
    return filled
