"""numpy -> message fields, through the buffer protocol.

A list or an ndarray assigned to a message field costs a thousand times as much as an `array.array`.
"""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPECODES = {"float32": "f", "float64": "d", "uint8": "B", "uint32": "I", "int64": "q", "uint64": "Q"}


def filled(values: NDArray[Any]) -> "array[Any]":
    flat = np.ascontiguousarray(values).reshape(-1)
    filled: array[Any] = array(TYPECODES[flat.dtype.name])
    filled.frombytes(flat.view(np.uint8).data)
    return filled
