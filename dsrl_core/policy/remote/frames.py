"""Frames of the policy's wire: openpi-client's msgpack-numpy. The limits of what is decoded, for client and server.

A frame is untrusted. msgpack allocates what a frame's headers promise, and numpy what dtype and shape say, so both are
checked here before anything is made of them. Nothing is ever unpickled: an array of objects is refused.
"""

import re
from collections.abc import Mapping
from math import prod
from typing import Any

import msgpack
import numpy as np
from openpi_client import msgpack_numpy

from dsrl_core.errors import InvalidRequest, PolicyProtocolError, excerpt

MAX_FRAME = 64 * 2**20  # bytes; a request with four camera images of 1080 x 1920 pixels has 25 million
MAX_DEPTH = 16  # maps and lists within each other
MAX_ENTRIES = 8_192  # of one map or list: msgpack allocates them before it has seen them
MAX_VALUES = 100_000  # of one frame, arrays counted as one
MAX_AXES, MAX_AXIS = 8, 2**31
DTYPES = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|S\d{1,6}|U\d{1,6})")  # numbers, bool and text
KINDS: dict[str, Any] = {"b": bool, "i": int, "u": int, "f": int | float, "S": bytes, "U": str}

Message = dict[str, Any]
Path = tuple[str, ...]


def pack(message: Mapping[str, Any]) -> bytes:
    """Serialise a message; raises InvalidRequest for a value that messages cannot hold, or too many of them."""
    try:
        packed: bytes = msgpack_numpy.packb(message)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidRequest(f"a request must hold arrays, numbers, text and maps: {excerpt(str(error))}") from error
    if len(packed) > MAX_FRAME:
        raise InvalidRequest(f"a request of {len(packed)} bytes is too long; at most {MAX_FRAME} are sent")
    return packed


def unpack(frame: bytes) -> Message:
    """Deserialise a message: a map with text keys of numbers, text, bytes, lists, maps and read-only arrays.

    Raises:
        PolicyProtocolError: the frame is something else, or exceeds a limit; says what, and under which key.
    """
    try:
        message = _value(_tree(frame), (), 0)
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError, msgpack.UnpackException) as error:
        what = excerpt(str(error)) or type(error).__name__
        raise PolicyProtocolError(f"a frame of {len(frame)} bytes is no msgpack-numpy: {what}") from error
    if not isinstance(message, dict):
        raise PolicyProtocolError(f"a frame holds {type(message).__name__}; expected a map with text keys")
    return message


def _tree(frame: bytes) -> Any:
    """Maps, lists and scalars, arrays still as maps; stops as soon as there are too many."""
    if len(frame) > MAX_FRAME:
        raise ValueError(f"at most {MAX_FRAME} bytes are read")
    values = 0

    def counted(entries: Any) -> Any:
        nonlocal values
        values += 1 + len(entries)
        if values > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES} values; send arrays instead of lists")
        return entries

    limits = {"max_array_len": MAX_ENTRIES, "max_map_len": MAX_ENTRIES, "max_ext_len": 0}
    return msgpack.unpackb(frame, object_hook=counted, list_hook=counted, **limits)


def _value(raw: Any, where: Path, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(f"{_name(where)} lies in more than {MAX_DEPTH} maps and lists")
    if isinstance(raw, dict):
        return _map(raw, where, depth)
    if isinstance(raw, list):
        return [_value(value, where, depth + 1) for value in raw]
    if raw is None or isinstance(raw, bool | int | float | str | bytes):
        return raw
    raise ValueError(f"{_name(where)} is {type(raw).__name__}, which is not read")


def _map(raw: dict[Any, Any], where: Path, depth: int) -> Any:
    if b"__ndarray__" in raw:
        return _array(raw, where)
    if b"__npgeneric__" in raw:
        return _scalar(raw, where)
    for key in raw:
        if not isinstance(key, str):
            raise ValueError(f"{_name(where)} has the key {excerpt(key)}; expected a map with text keys")
    return {key: _value(value, (*where, key), depth + 1) for key, value in raw.items()}


def _array(raw: dict[Any, Any], where: Path) -> np.ndarray:
    dtype, shape, data = _dtype(raw, where), raw.get(b"shape"), raw.get(b"data")
    if not isinstance(shape, list) or len(shape) > MAX_AXES or not all(_is_axis(axis) for axis in shape):
        raise ValueError(f"{_name(where)} has the shape {excerpt(shape)}")
    size = dtype.itemsize * prod(shape)
    if not isinstance(data, bytes) or len(data) != size:
        raise ValueError(f"{_name(where)} holds {excerpt(data)} where {dtype.str}{excerpt(shape)} takes {size}")
    return np.ndarray(shape, dtype, data)


def _scalar(raw: dict[Any, Any], where: Path) -> Any:
    dtype, data = _dtype(raw, where), raw.get(b"data")
    if not isinstance(data, KINDS[dtype.kind]):
        raise ValueError(f"{_name(where)} is {excerpt(data)}, no {dtype.str}")
    return dtype.type(data)


def _dtype(raw: dict[Any, Any], where: Path) -> np.dtype:
    dtype = raw.get(b"dtype")
    if not isinstance(dtype, str) or not DTYPES.fullmatch(dtype):
        raise ValueError(f"{_name(where)} has the dtype {excerpt(dtype)}; numbers, bool and text are read")
    found = np.dtype(dtype)
    if not found.itemsize:
        raise ValueError(f"{_name(where)} has the dtype {dtype} of no bytes")
    return found


def _is_axis(size: Any) -> bool:
    return type(size) is int and 0 <= size < MAX_AXIS


def _name(where: Path) -> str:
    return excerpt("/".join(where)) if where else "it"
