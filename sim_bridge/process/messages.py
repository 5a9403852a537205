"""Messages between parent and child: one byte of operation, then bytes in a fixed layout. Nothing is unpickled."""

import dataclasses
import json
import struct
from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from dsrl_core.environment.protocol import EnvironmentSpec, StepResult
from dsrl_core.errors import ConfigError, DsrlError, EnvironmentFailed, InvalidRequest
from dsrl_core.types import F32, U8

_RESET = struct.Struct("<Qi")  # seed, variant
_STEP = struct.Struct("<d?")  # reward, success
_FRAME = struct.Struct("<II")  # height, width
_ERRORS = {error.__name__: error for error in (ConfigError, InvalidRequest, EnvironmentFailed)}


class Op(IntEnum):
    """The operation, which is the first byte of a message."""

    START = 1
    RESET = 2
    STEP = 3
    RENDER = 4
    RENDER_VIDEO = 5
    CLOSE = 6
    ERROR = 7


def message(op: Op, body: bytes = b"") -> bytes:
    return bytes((op,)) + body


def pack_start(kind: str, options: Mapping[str, str]) -> bytes:
    return json.dumps([kind, dict(options)]).encode()


def unpack_start(body: bytes) -> tuple[str, dict[str, str]]:
    kind, options = json.loads(body)
    return kind, options


def pack_reset(seed: int, variant: int) -> bytes:
    try:
        return _RESET.pack(seed, variant)
    except struct.error as error:
        raise InvalidRequest(f"seed={seed}, variant={variant} is out of range; allowed: seed 0 to 2**64 - 1") from error


def unpack_reset(body: bytes) -> tuple[int, int]:
    seed, variant = _RESET.unpack(body)
    return seed, variant


def pack_step(result: StepResult, state: F32) -> bytes:
    """The result of a step and the new state in one message, for one round trip per control step."""
    return _STEP.pack(result.reward, result.success) + pack_floats(state)


def unpack_step(body: bytes) -> tuple[StepResult, F32]:
    return StepResult(*_STEP.unpack_from(body)), unpack_floats(body[_STEP.size :])


def pack_floats(values: F32) -> bytes:
    return np.ascontiguousarray(values, np.float32).tobytes()


def unpack_floats(body: bytes) -> F32:
    return np.frombuffer(body, np.float32)


def pack_images(images: Mapping[str, U8], spec: EnvironmentSpec) -> bytes:
    return b"".join(np.ascontiguousarray(images[name], np.uint8).tobytes() for name in spec.cameras)


def unpack_images(body: bytes, spec: EnvironmentSpec) -> dict[str, U8]:
    """Views into `body`, in the order and sizes of the spec."""
    images, start = {}, 0
    for name, (height, width) in spec.cameras.items():
        size = height * width * 3
        images[name] = np.frombuffer(body, np.uint8, size, start).reshape(height, width, 3)
        start += size
    if start != len(body):
        raise EnvironmentFailed(f"the simulator rendered {len(body)} bytes where its spec promises {start}")
    return images


def pack_frame(frame: U8) -> bytes:
    return _FRAME.pack(*frame.shape[:2]) + np.ascontiguousarray(frame, np.uint8).tobytes()


def unpack_frame(body: bytes) -> U8:
    height, width = _FRAME.unpack_from(body)
    return np.frombuffer(body, np.uint8, offset=_FRAME.size).reshape(height, width, 3)


def pack_spec(spec: EnvironmentSpec) -> bytes:
    return json.dumps(dataclasses.asdict(spec)).encode()


def unpack_spec(body: bytes) -> EnvironmentSpec:
    values = json.loads(body)
    values["cameras"] = {name: (int(h), int(w)) for name, (h, w) in values["cameras"].items()}
    values["state_names"] = tuple(values["state_names"])
    return EnvironmentSpec(**values)


def pack_error(error: Exception) -> bytes:
    """Name and text of an error of this package; any other error is packed as EnvironmentFailed."""
    known = type(error).__name__ in _ERRORS
    text = str(error) if known else f"{type(error).__name__}: {error}"
    return json.dumps([type(error).__name__ if known else EnvironmentFailed.__name__, text]).encode()


def unpack_error(body: bytes) -> DsrlError:
    name, text = json.loads(body)
    return _ERRORS[name](text)
