"""What the server needs of a policy."""

from collections.abc import Mapping
from typing import Any, Protocol

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, PolicySpec

Request = Mapping[str, Any]


class Served(Protocol):
    """A steerable policy that takes observations in the layout of the wire. Called from one thread only."""

    @property
    def spec(self) -> PolicySpec: ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What clients are told beside the steering."""

    def infer(self, observation: Request, noise: F32) -> F32:
        """Chunk f32[H, a] of noise f32[H, d]; InvalidRequest for an observation that does not fit."""

    def prefix_rep(self, observation: Request, pool: str) -> F32:
        """f32[W] of the last token or the mean; only where the spec has a `prefix_dim`."""

    def example(self) -> Request:
        """A made-up observation that fits, for warming up."""


def part(observation: Request, key: str) -> Any:
    """One entry of an observation; InvalidRequest names it and those that are there."""
    if key not in observation:
        raise InvalidRequest(f"{key!r} is missing; the observation has {', '.join(observation) or 'nothing'}")
    return observation[key]
