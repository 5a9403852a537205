"""Finds out whether a newly connected server can be steered: from its metadata, or by probing it with noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsrl_core.errors import InvalidRequest, PolicyProtocolError, SteeringUnsupported
from dsrl_core.policy.remote.dialogue import Dialogue
from dsrl_core.policy.remote.messages import METHOD, NOISE, PREFIX_REP
from dsrl_core.policy.remote.metadata import advertised, decodes_many
from dsrl_core.policy.remote.replies import Chunk, read_chunk, read_prefix
from dsrl_core.types import F32, PolicySpec

UNSTEERABLE = (
    "the server ignores noise (as the stock openpi server does), so steering would change nothing; "
    "serve the checkpoint with ./dsrl serve-policy"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is needed to probe a server whose metadata do not tell of steering."""

    example: Mapping[str, Any]  # an observation that the server accepts
    noise_shape: tuple[int, int]  # (H, d)
    prefix: bool = False  # whether its prefix representation is wanted


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a connected server."""

    spec: PolicySpec
    confirms: bool  # whether its replies confirm that noise was applied; a probed server's do not
    metadata: Mapping[str, Any]
    many: int = 0  # how many noises of one observation it decodes at once; 0: only one


async def greet(dialogue: Dialogue, expected: Expected | None) -> Server:
    """Read the server's metadata, or probe it: it can be steered if only another noise gives another chunk.

    Raises:
        SteeringUnsupported: the metadata do not tell of steering, and `expected` is None.
        PolicyError: a request of the probe failed.
    """
    spec = advertised(dialogue.metadata)
    if spec is not None:
        return Server(spec, True, dialogue.metadata, decodes_many(dialogue.metadata))
    if expected is None:
        raise SteeringUnsupported(f"the metadata do not offer steering: {UNSTEERABLE}")
    try:
        spec = await _probed(dialogue, expected)
    except InvalidRequest as error:
        raise PolicyProtocolError(f"an example of the contract's observations is refused: {error}") from error
    return Server(spec, False, dialogue.metadata)


async def _probed(dialogue: Dialogue, expected: Expected) -> PolicySpec:
    rng = np.random.default_rng(0)
    same, other = (rng.standard_normal(expected.noise_shape).astype(np.float32) for _ in range(2))
    first, again, different = [await _chunk(dialogue, expected.example, noise) for noise in (same, same, other)]
    shape = first.actions.shape
    if not shape == again.actions.shape == different.actions.shape:
        raise PolicyProtocolError(f"chunks of one server have the shapes {shape}, {again.actions.shape}")
    steered = np.array_equal(first.actions, again.actions) and not np.array_equal(first.actions, different.actions)
    width = await _width(dialogue, expected) if steered and expected.prefix else None
    return PolicySpec(expected.noise_shape if steered else None, (shape[0], shape[1]), width)


async def _chunk(dialogue: Dialogue, example: Mapping[str, Any], noise: F32) -> Chunk:
    return read_chunk(await dialogue.ask({**example, NOISE: noise[None]}), noise)


async def _width(dialogue: Dialogue, expected: Expected) -> int:
    return len(read_prefix(await dialogue.ask({**expected.example, METHOD: PREFIX_REP}), "last"))
