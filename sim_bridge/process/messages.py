"""Messages between parent and child: a byte of operation, a byte that counts requests, then bytes in a fixed layout.

An answer repeats the count, so that none is taken for that of another request. Nothing is unpickled.

What the parent reads is checked against the spec: a simulator's native code may write anything. `MALFORMED` is what the
`unpack_...` functions raise where it does not fit.
"""

import dataclasses
import json
import struct
from collections.abc import Mapping
from enum import IntEnum
from math import inf

import numpy as np

from dsrl_core.environment.protocol import EnvironmentSpec, StepResult
from dsrl_core.errors import ConfigError, DsrlError, EnvironmentFailed, InvalidRequest, excerpt
from dsrl_core.types import F32, U8

MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, struct.error)
MAX_ANSWER = 256 * 2**20  # bytes; five pictures of 4096 x 4096 pixels
MAX_SIDE = 8_192  # pixels
MAX_NAMES, MAX_ERROR = 10_000, 2_000  # values of a state or an action; letters

_RESET = struct.Struct("<Qi")  # seed, variant
_STEP = struct.Struct("<d?")  # reward, success
_FRAME = struct.Struct("<II")  # height, width
_EXPERT = struct.Struct("<II")  # control steps before, actions asked for
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
    EXPERT = 8


def message(op: Op, body: bytes = b"", count: int = 0) -> bytes:
    return bytes((op, count % 256)) + body


def check_answer(answer: bytes, op: Op, count: int) -> tuple[Op, bytes]:
    """An answer's operation, that of its request or ERROR, and its body."""
    if answer[:2] not in (message(op, count=count), message(Op.ERROR, count=count)):
        raise ValueError(f"it begins with {list(answer[:2])}; the request was {op.value}, {count % 256}")
    return Op(answer[0]), answer[2:]


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


def unpack_step(body: bytes, spec: EnvironmentSpec) -> tuple[StepResult, F32]:
    return StepResult(*_STEP.unpack_from(body)), unpack_state(body[_STEP.size :], spec)


def pack_floats(values: F32) -> bytes:
    return np.ascontiguousarray(values, np.float32).tobytes()


def unpack_floats(body: bytes) -> F32:
    return np.frombuffer(body, np.float32)


def unpack_state(body: bytes, spec: EnvironmentSpec) -> F32:
    """A state f32[s], s as in the spec."""
    state = unpack_floats(body)
    if len(state) != len(spec.state_names):
        raise ValueError(f"the state has {len(state)} values where its spec promises {len(spec.state_names)}")
    return state


def pack_expert(step: int, count: int) -> bytes:
    return _EXPERT.pack(step, count)


def unpack_expert(body: bytes) -> tuple[int, int]:
    step, count = _EXPERT.unpack(body)
    return step, count


def unpack_actions(body: bytes, count: int, spec: EnvironmentSpec) -> F32:
    """Actions f32[count, a], a as in the spec."""
    actions = unpack_floats(body)
    if actions.size != count * spec.action_dim:
        raise ValueError(f"the expert's actions have {actions.size} values where {count * spec.action_dim} are due")
    return actions.reshape(count, spec.action_dim)


def pack_images(images: Mapping[str, U8], spec: EnvironmentSpec) -> bytes:
    return b"".join(np.ascontiguousarray(images[name], np.uint8).tobytes() for name in spec.cameras)


def unpack_images(body: bytes, spec: EnvironmentSpec) -> dict[str, U8]:
    """Views into `body`, in the order and sizes of the spec."""
    promised = _image_bytes(spec.cameras)
    if promised != len(body):
        raise ValueError(f"it rendered {len(body)} bytes where its spec promises {promised}")
    images, start = {}, 0
    for name, (height, width) in spec.cameras.items():
        size = height * width * 3
        images[name] = np.frombuffer(body, np.uint8, size, start).reshape(height, width, 3)
        start += size
    return images


def _image_bytes(cameras: Mapping[str, tuple[int, int]]) -> int:
    return sum(height * width * 3 for height, width in cameras.values())


def pack_frame(frame: U8) -> bytes:
    return _FRAME.pack(*frame.shape[:2]) + np.ascontiguousarray(frame, np.uint8).tobytes()


def unpack_frame(body: bytes) -> U8:
    height, width = (_whole(side, MAX_SIDE) for side in _FRAME.unpack_from(body))
    return np.frombuffer(body, np.uint8, offset=_FRAME.size).reshape(height, width, 3)


def pack_spec(spec: EnvironmentSpec) -> bytes:
    return json.dumps(dataclasses.asdict(spec)).encode()


def unpack_spec(body: bytes) -> EnvironmentSpec:
    values = json.loads(body)
    values["cameras"] = {name: (_whole(h, MAX_SIDE), _whole(w, MAX_SIDE)) for name, (h, w) in values["cameras"].items()}
    names = values["state_names"] = tuple(values["state_names"])
    spec = EnvironmentSpec(**values)
    _whole(spec.action_dim, MAX_NAMES)
    _whole(spec.max_steps, 2**31)
    _whole(spec.variants, 2**31)
    if len(names) > MAX_NAMES or not all(isinstance(name, str) for name in names):
        raise ValueError("its state_names are no list of names")
    if not isinstance(spec.rate_hz, int | float) or not 0 < spec.rate_hz < inf:
        raise ValueError(f"its rate_hz is {excerpt(spec.rate_hz)}")
    if _image_bytes(spec.cameras) >= MAX_ANSWER:
        raise ValueError("its cameras' images are too large together")
    return spec


def _whole(value: object, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"its spec holds {excerpt(value)} where a whole number belongs, 1 to {most}")
    return value


def pack_error(error: Exception) -> bytes:
    """Name and text of an error of this package; any other error is packed as EnvironmentFailed."""
    known = type(error).__name__ in _ERRORS
    text = str(error) if known else f"{type(error).__name__}: {error}"
    return json.dumps([type(error).__name__ if known else EnvironmentFailed.__name__, text]).encode()


def unpack_error(body: bytes) -> DsrlError:
    name, text = json.loads(body)
    return _ERRORS[name](str(text)[:MAX_ERROR])
