"""The messages between client and policy server: openpi-client's msgpack-numpy with some reserved keys.

A request is an observation. The key `noise` steers it, and `method` asks for something else than a chunk; servers that
do not know these keys ignore them. A steerable server says so under `steering` in the metadata sent on connecting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np
from openpi_client import msgpack_numpy

from dsrl_core.errors import InvalidRequest, PolicyProtocolError
from dsrl_core.types import F32, PolicySpec

VERSION = 1
NOISE, METHOD, POOL = "noise", "method", "pool"
PREFIX_REP = "get_prefix_rep"
STEERING, NOISE_APPLIED, SERVER_TIMING = "steering", "noise_applied", "server_timing"
REFUSED = "InvalidRequest: "  # start of a text frame that refuses a request; the connection stays open
HEALTH_PATH = "/healthz"

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk from a policy server."""

    actions: F32  # [H, a], finite, writable
    noise: F32 | None  # [H, d], of which it was decoded; None if the server drew it
    timing: Mapping[str, float]  # durations that the server measured, ms


def pack(message: Mapping[str, Any]) -> bytes:
    """Serialise a message; raises InvalidRequest for a value of a type that messages cannot hold."""
    try:
        packed: bytes = msgpack_numpy.packb(message)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidRequest(f"a request must hold arrays, numbers, text and maps: {error}") from error
    return packed


def unpack(frame: bytes) -> Message:
    """Deserialise a message; its arrays are read-only.

    Raises:
        PolicyProtocolError: the frame is no map with text keys.
    """
    try:
        message = msgpack_numpy.unpackb(frame)
    except (ValueError, TypeError, KeyError, msgpack.exceptions.UnpackException) as error:
        raise PolicyProtocolError(f"a frame of {len(frame)} bytes is no msgpack-numpy: {error}") from error
    if not isinstance(message, dict) or not all(isinstance(key, str) for key in message):
        raise PolicyProtocolError(f"a frame holds {type(message).__name__}; expected a map with text keys")
    return message


def advertisement(spec: PolicySpec) -> Message:
    """The metadata of a steerable server, for the key `steering`."""
    if spec.noise_shape is None:
        raise ValueError("a policy without a noise shape cannot be advertised as steerable")
    told: Message = {"version": VERSION, "noise_shape": list(spec.noise_shape), "noise_dtype": "float32"}
    told |= {"action_shape": list(spec.action_shape), "methods": []}
    if spec.prefix_dim is not None:
        told |= {"methods": [PREFIX_REP], "prefix_dim": spec.prefix_dim}
    return told


def advertised(metadata: Mapping[str, Any]) -> PolicySpec | None:
    """The spec of the steerable policy in a server's metadata; None if they do not tell of steering.

    A server may leave out `action_shape` and `prefix_dim`, which are then (H, 0) and None.

    Raises:
        PolicyProtocolError: the metadata are incomplete, or of another version.
    """
    told = metadata.get(STEERING)
    if told is None:
        return None
    try:
        version, dtype = told["version"], told["noise_dtype"]
        noise = _pair(told["noise_shape"])
        actions = _pair(told.get("action_shape", (noise[0], 0)))
        prefix = int(told["prefix_dim"]) if PREFIX_REP in told["methods"] and "prefix_dim" in told else None
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyProtocolError(f"the server's steering metadata {told!r} are incomplete: {error!r}") from error
    if version != VERSION or dtype != "float32":
        raise PolicyProtocolError(
            f"the server speaks version {version} with {dtype} noise; this client version {VERSION} with float32: "
            "use the same release on both sides"
        )
    return PolicySpec(noise, actions, prefix)


def _pair(values: Any) -> tuple[int, int]:
    first, second = (int(value) for value in values)
    return first, second


def read_chunk(reply: Mapping[str, Any], noise: F32 | None) -> Chunk:
    """The chunk of a reply.

    Raises:
        PolicyProtocolError: there is none, or it is not finite numbers [H, a].
    """
    if "actions" not in reply:
        raise PolicyProtocolError(f"the reply holds no actions but {sorted(reply)}")
    actions = numbers(reply["actions"], "actions")
    if actions.ndim != 2 or not actions.size:
        raise PolicyProtocolError(f"actions have the shape {actions.shape}; expected (horizon, action)")
    told = reply.get(SERVER_TIMING)
    timing = told.items() if isinstance(told, Mapping) else ()
    return Chunk(actions, noise, {str(k): float(v) for k, v in timing if isinstance(v, int | float)})


def read_prefix(reply: Mapping[str, Any], pool: str) -> F32:
    """The prefix representation f32[W] in a reply. If it has tokens [1, T, W], they are pooled: the last or the mean.

    Raises:
        PolicyProtocolError: there is none, or it is not finite numbers.
    """
    if "prefix_rep" not in reply:
        raise PolicyProtocolError(f"the reply holds no prefix_rep but {sorted(reply)}")
    tokens = numbers(reply["prefix_rep"], "prefix_rep")
    if not tokens.size or tokens.ndim > 3 or (tokens.ndim == 3 and len(tokens) != 1):
        raise PolicyProtocolError(f"prefix_rep has the shape {tokens.shape}; expected (width) or (1, tokens, width)")
    rows = tokens.reshape(-1, tokens.shape[-1])
    return np.array(rows[-1] if pool == "last" else rows.mean(axis=0), np.float32)


def numbers(value: Any, name: str) -> F32:
    """A writable float32 copy of an array in a reply; raises PolicyProtocolError if it is no array or not finite."""
    if not isinstance(value, np.ndarray | list) or np.asarray(value).dtype.kind not in "fiu":
        raise PolicyProtocolError(f"{name} must be an array of numbers, is {type(value).__name__}")
    array = np.array(value, np.float32)
    if not np.isfinite(array).all():
        raise PolicyProtocolError(f"{name} must be finite, hold NaN or infinity")
    return array


def check_noise(noise: Any, shape: tuple[int, int]) -> F32:
    """`noise` as f32[H, d], from (H, d) or (1, H, d); InvalidRequest if it has another shape or is not finite."""
    if not isinstance(noise, np.ndarray) or noise.dtype.kind not in "fiu":
        raise InvalidRequest(f"noise must be an array of numbers, is {type(noise).__name__}")
    values = noise[0] if noise.ndim == 3 and len(noise) == 1 else noise
    if values.shape != shape:
        raise InvalidRequest(f"noise must have the shape {shape} or {(1, *shape)}, has {noise.shape}")
    if not np.isfinite(values).all():
        raise InvalidRequest("noise must be finite, holds NaN or infinity")
    return np.ascontiguousarray(values, np.float32)


def check_observation(observation: Mapping[str, Any]) -> None:
    """Raise InvalidRequest if an observation has a reserved key or floats that are not finite."""
    taken = sorted({NOISE, METHOD, POOL} & set(observation))
    if taken:
        raise InvalidRequest(f"the key {taken[0]!r} is reserved and must not be in an observation")
    for key, value in observation.items():
        if isinstance(value, Mapping):
            check_observation(value)
        elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.isfinite(value).all():
            raise InvalidRequest(f"{key} must be finite, holds NaN or infinity")
