"""What steering needs of a policy, what a learner needs that decodes noise itself, and how one is found by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import load_plugin
from dsrl_core.types import F32, Observation, PolicySpec

if TYPE_CHECKING:
    import jax


class Policy(Protocol):
    """A frozen generative policy: noise and observation in, chunk out."""

    @property
    def spec(self) -> PolicySpec: ...

    def infer(self, observation: Observation, noise: F32) -> F32:
        """Decode a chunk.

        Args:
            observation: at policy size.
            noise: f32[H, d], t = 1 is noise.
        Returns:
            f32[H, a], a fresh writable array, not yet checked for finiteness or limits.
        Raises:
            InvalidRequest: noise of the wrong shape, dtype or not finite.
        """

    def close(self) -> None: ...


@dataclass(frozen=True)
class Decoder:
    """A frozen policy as functions that jax can trace, in batches; equal identities decode alike."""

    identity: str  # digest of all that decides a chunk
    context_dim: int  # c
    encode: "Callable[[jax.Array, jax.Array], jax.Array]" = field(compare=False)
    """(images u8[b, p, h, w, 3] in the contract's order, state f32[b, s]) to f32[b, c]; once for an observation."""
    decode: "Callable[[jax.Array, jax.Array], jax.Array]" = field(compare=False)
    """(context f32[b, c], noise f32[b, H, d]) to chunks f32[b, H, a], not yet clipped to the contract's limits."""


def make_decoder(platform: Platform) -> Decoder:
    """The decoder of `platform.policy.kind`: `make_decoder(platform)` of its file.

    Raises:
        ConfigError: the policy decodes where the learner cannot, such as on a server.
    """
    plugin = load_plugin("dsrl_core.policies", platform.policy.kind, "policy.kind")
    if not hasattr(plugin, "make_decoder"):
        raise ConfigError(
            "sac.algorithm='na': the learner must decode noise itself; "
            f"policy.kind={platform.policy.kind!r} decodes elsewhere; use sac.algorithm=sac"
        )
    decoder: Decoder = plugin.make_decoder(platform)
    return decoder


def make_policy(platform: Platform) -> Policy:
    """Build `platform.policy.kind` by calling `make(platform)` of its file, and hold it against the contract."""
    policy: Policy = load_plugin("dsrl_core.policies", platform.policy.kind, "policy.kind").make(platform)
    wanted = (platform.policy.horizon, platform.action.size)
    if policy.spec.action_shape != wanted:
        raise ConfigError(f"the policy gives chunks of {policy.spec.action_shape}; the contract asks for {wanted}")
    steered = (platform.policy.horizon, platform.policy.noise_dim)
    if policy.spec.noise_shape != steered:
        raise ConfigError(f"the policy takes noise of {policy.spec.noise_shape}; the contract asks for {steered}")
    return policy
