"""The interface of a policy that can be served."""

from collections.abc import Mapping
from typing import Any, Protocol

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, PolicySpec

Request = Mapping[str, Any]


class Served(Protocol):
    """A steerable policy that takes observations as they are in a request. It is called from one thread only."""

    @property
    def spec(self) -> PolicySpec: ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Metadata for clients, beside those on steering."""

    @property
    def many(self) -> int:
        """How many noises of one observation it decodes at once; 0: only one."""

    def infer(self, observation: Request, noise: F32) -> F32:
        """Decode noise f32[H, d] into a chunk f32[H, a]; raises InvalidRequest if the observation does not fit."""

    def infer_many(self, observation: Request, noises: F32) -> F32:
        """Decode noises f32[n, H, d] into chunks f32[n, H, a], n at most `many`; raises as `infer`."""

    def prefix_rep(self, observation: Request, pool: str) -> F32:
        """The prefix representation f32[W], of the last token or the mean; only if the spec has a `prefix_dim`."""

    def example(self) -> Request:
        """An example of an observation, for compiling."""


def part(observation: Request, key: str) -> Any:
    """One entry of an observation; if it is missing, InvalidRequest names it and those that are there."""
    if key not in observation:
        raise InvalidRequest(f"{key!r} is missing; the observation has {', '.join(observation) or 'nothing'}")
    return observation[key]
