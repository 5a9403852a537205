"""The keys of a request to a policy server, and what a request may hold. Client and server both check it.

A request is an observation. The key `noise` steers it, and `method` asks for something else than a chunk: the prefix
representation, or the chunks of many `noises`. Servers that do not know these keys ignore them. `request_id` is sent to
servers that say that they repeat it in their reply.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_core.types import F32

NOISE, NOISES, METHOD, POOL, REQUEST_ID = "noise", "noises", "method", "pool", "request_id"
RESERVED = (NOISE, NOISES, METHOD, POOL, REQUEST_ID)
POOLS = ("last", "mean")
PREFIX_REP, INFER_MANY = "get_prefix_rep", "infer_many"
NOISE_APPLIED, SERVER_TIMING = "noise_applied", "server_timing"
REFUSED = "InvalidRequest: "  # start of a text frame that refuses a request; the connection stays open
HEALTH_PATH = "/healthz"
NOT_FINITE = "must be finite, holds NaN, infinity or a value beyond float32"


def check_noise(noise: Any, shape: tuple[int, int]) -> F32:
    """`noise` as f32[H, d], from (H, d) or (1, H, d); InvalidRequest if it has another shape or is not finite."""
    if not isinstance(noise, np.ndarray) or noise.dtype.kind not in "fiu":
        raise InvalidRequest(f"noise must be an array of numbers, is {type(noise).__name__}")
    values = noise[0] if noise.ndim == 3 and len(noise) == 1 else noise
    if values.shape != shape:
        raise InvalidRequest(f"noise must have the shape {shape} or {(1, *shape)}, has {noise.shape}")
    if not is_finite(values):
        raise InvalidRequest(f"noise {NOT_FINITE}")
    return np.ascontiguousarray(values, np.float32)


def check_noises(noises: Any, shape: tuple[int, int], most: int) -> F32:
    """`noises` as f32[n, H, d], from (n, k, d): k vectors, a divisor of H, each of which serves H / k steps.

    Raises:
        InvalidRequest: there are none or more than `most`, they have another shape, or one is not finite.
    """
    horizon, size = shape
    if not isinstance(noises, np.ndarray) or noises.dtype.kind not in "fiu":
        raise InvalidRequest(f"noises must be an array of numbers, are {type(noises).__name__}")
    vectors = noises.shape[1] if noises.ndim == 3 else 0
    if not vectors or horizon % vectors or noises.shape[2] != size:
        raise InvalidRequest(
            f"noises must have the shape (n, k, {size}), k a divisor of the horizon {horizon}, have {noises.shape}"
        )
    if not 1 <= len(noises) <= most:
        raise InvalidRequest(f"noises must be 1 to {most} at a time, are {len(noises)}")
    if not is_finite(noises):
        raise InvalidRequest(f"noises {NOT_FINITE}")
    return np.repeat(noises.astype(np.float32), horizon // vectors, axis=1)


def check_pool(pool: Any) -> str:
    """How a prefix is pooled; InvalidRequest if it is no such word."""
    if not isinstance(pool, str) or pool not in POOLS:
        raise InvalidRequest(f"pool must be one of {', '.join(POOLS)}, is {excerpt(pool)}")
    return pool


def check_observation(observation: Mapping[str, Any]) -> None:
    """Raise InvalidRequest if an observation has a reserved key, or numbers that are not finite in float32."""
    taken = sorted(set(RESERVED) & set(observation))
    if taken:
        raise InvalidRequest(f"the key {taken[0]!r} is reserved and must not be in an observation")
    for key, value in observation.items():
        if isinstance(value, Mapping):
            check_observation(value)
        elif not _is_finite(value):
            raise InvalidRequest(f"{excerpt(key)} {NOT_FINITE}")


def is_finite(values: np.ndarray) -> bool:
    """Whether all values of an array of numbers are finite, also once they are float32."""
    with np.errstate(over="ignore"):
        return bool(np.isfinite(values.astype(np.float32, copy=False)).all())


def _is_finite(value: Any) -> bool:
    """Whether no float in a value is NaN, infinite or beyond float32; what holds no floats is."""
    if isinstance(value, list | tuple):
        return all(_is_finite(each) for each in value)
    if isinstance(value, Mapping):
        return all(_is_finite(each) for each in value.values())
    if isinstance(value, float | np.floating | np.ndarray):
        array = np.asarray(value)
        return array.dtype.kind != "f" or is_finite(array)
    return True
