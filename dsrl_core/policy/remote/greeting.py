"""Whether a server that has just been connected can be steered: told by its metadata, or found out by asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsrl_core.errors import PolicyProtocolError, SteeringUnsupported
from dsrl_core.policy.remote.dialogue import Dialogue
from dsrl_core.policy.remote.messages import (
    METHOD,
    NOISE,
    PREFIX_REP,
    Chunk,
    Message,
    advertised,
    pack,
    read_chunk,
    read_prefix,
)
from dsrl_core.types import F32, PolicySpec

UNSTEERABLE = (
    "the server ignores noise (as the stock openpi server does), so steering would change nothing; "
    "serve the checkpoint with ./dsrl serve-policy"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is needed to find out about a server that tells nothing of itself."""

    example: Mapping[str, Any]  # an observation that it can answer
    noise_shape: tuple[int, int]  # (H, d)
    prefix: bool = False  # whether its prefix representation is wanted


@dataclass(frozen=True, slots=True)
class Server:
    """What a connected server is."""

    spec: PolicySpec
    confirms: bool  # whether it echoes that noise was applied; a probed one does not
    metadata: Mapping[str, Any]


async def greet(dialogue: Dialogue, expected: Expected | None) -> Server:
    """Read the metadata of a server, or probe it: twice the same noise, once another.

    Raises:
        SteeringUnsupported: it tells nothing of itself, and there is nothing to probe it with.
        PolicyError: it breaks on the probe.
    """
    spec = advertised(dialogue.metadata)
    if spec is not None:
        return Server(spec, True, dialogue.metadata)
    if expected is None:
        raise SteeringUnsupported(f"the metadata do not offer steering: {UNSTEERABLE}")
    rng = np.random.default_rng(0)
    same, other = (rng.standard_normal(expected.noise_shape).astype(np.float32) for _ in range(2))
    first, again, different = [await _chunk(dialogue, expected.example, noise) for noise in (same, same, other)]
    shape = first.actions.shape
    if not shape == again.actions.shape == different.actions.shape:
        raise PolicyProtocolError(f"chunks of one server have the shapes {shape}, {again.actions.shape}")
    steered = np.array_equal(first.actions, again.actions) and not np.array_equal(first.actions, different.actions)
    width = await _width(dialogue, expected) if steered and expected.prefix else None
    return Server(
        PolicySpec(expected.noise_shape if steered else None, (shape[0], shape[1]), width), False, dialogue.metadata
    )


async def _chunk(dialogue: Dialogue, example: Mapping[str, Any], noise: F32) -> Chunk:
    question: Message = {**example, NOISE: noise[None]}
    return read_chunk(await dialogue.ask(pack(question)), noise)


async def _width(dialogue: Dialogue, expected: Expected) -> int:
    return len(read_prefix(await dialogue.ask(pack({**expected.example, METHOD: PREFIX_REP})), "last"))
