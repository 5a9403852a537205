"""What a policy server's reply must hold: everything of it that the client uses is checked here."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from dsrl_core.errors import PolicyProtocolError, excerpt
from dsrl_core.policy.remote.messages import NOT_FINITE, SERVER_TIMING, is_finite
from dsrl_core.types import F32

MAX_TIMINGS = 32


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk from a policy server."""

    actions: F32  # [H, a], finite, writable
    noise: F32 | None  # [H, d], of which it was decoded; None if the server drew it
    timing: Mapping[str, float]  # durations that the server measured, ms


def read_chunk(reply: Mapping[str, Any], noise: F32 | None) -> Chunk:
    """The chunk of a reply.

    Raises:
        PolicyProtocolError: there is none, or it is not finite numbers [H, a].
    """
    if "actions" not in reply:
        raise PolicyProtocolError(f"the reply holds no actions but {excerpt(', '.join(reply)) or 'nothing'}")
    actions = numbers(reply["actions"], "actions")
    if actions.ndim != 2 or not actions.size:
        raise PolicyProtocolError(f"actions have the shape {actions.shape}; expected (horizon, action)")
    return Chunk(actions, noise, _timing(reply.get(SERVER_TIMING)))


def read_chunks(reply: Mapping[str, Any], shape: tuple[int, int, int]) -> F32:
    """The chunks f32[n, H, a] of a reply to many noises, finite and writable; `shape` has a = 0 where any will do.

    Raises:
        PolicyProtocolError: there are none, or they are not finite numbers of this shape.
    """
    if "actions" not in reply:
        raise PolicyProtocolError(f"the reply holds no actions but {excerpt(', '.join(reply)) or 'nothing'}")
    actions = numbers(reply["actions"], "actions")
    if actions.ndim != 3 or actions.shape[:2] != shape[:2] or shape[2] not in (0, actions.shape[2]):
        raise PolicyProtocolError(f"it gave chunks of shape {actions.shape} to many noises; expected {shape}")
    return actions


def read_prefix(reply: Mapping[str, Any], pool: str) -> F32:
    """The prefix representation f32[W] in a reply. If it has tokens [1, T, W], they are pooled: the last or the mean.

    Raises:
        PolicyProtocolError: there is none, or it is not finite numbers.
    """
    if "prefix_rep" not in reply:
        raise PolicyProtocolError(f"the reply holds no prefix_rep but {excerpt(', '.join(reply)) or 'nothing'}")
    tokens = numbers(reply["prefix_rep"], "prefix_rep")
    if not tokens.size or tokens.ndim not in (1, 2, 3) or (tokens.ndim == 3 and len(tokens) != 1):
        raise PolicyProtocolError(f"prefix_rep has the shape {tokens.shape}; expected (width) or (1, tokens, width)")
    rows = tokens.reshape(-1, tokens.shape[-1])
    return numbers(rows[-1] if pool == "last" else rows.mean(axis=0, dtype=np.float64), "prefix_rep")


def numbers(value: Any, name: str) -> F32:
    """A writable float32 copy of an array in a reply.

    Raises:
        PolicyProtocolError: it is no array of numbers, a list with rows of unequal length, or not finite.
    """
    array = _listed(value, name) if isinstance(value, list) else value
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise PolicyProtocolError(f"{name} must be an array of numbers, is {excerpt(value, 80)}")
    if not is_finite(array):
        raise PolicyProtocolError(f"{name} {NOT_FINITE}")
    return np.array(array, np.float32)


def _listed(value: list[Any], name: str) -> np.ndarray:
    try:
        return np.array(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise PolicyProtocolError(f"{name} must be an array of numbers: {excerpt(str(error))}") from error


def _timing(told: Any) -> dict[str, float]:
    """The durations among what a server tells; they are only shown, so that others are left out."""
    entries = list(told.items())[:MAX_TIMINGS] if isinstance(told, Mapping) else []
    known = {excerpt(name, 40): float(value) for name, value in entries if type(value) in (int, float)}
    return {name: value for name, value in known.items() if isfinite(value)}
