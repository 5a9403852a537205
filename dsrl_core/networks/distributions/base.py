"""The interface of an actor's distribution, and how one is made by name."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import flax.linen as nn
import jax

from dsrl_core.config.preset import Preset
from dsrl_core.plugins import DISTRIBUTIONS, load_plugin


class Distribution(Protocol):
    """Noise of each row; a pytree or a tuple of arrays, so that it passes through jit.

    The algorithms here ask for `mode` and `sample`; `log_prob` and `entropy` are for those that score noise that they
    did not draw, or want an entropy without a draw of their own.
    """

    @property
    def log_std(self) -> jax.Array:
        """f32 [..., d], before any squashing."""

    @property
    def mean(self) -> jax.Array:
        """f32 [..., d], before any squashing."""

    def mode(self) -> jax.Array:
        """f32 [..., d]: the deterministic action."""

    def sample(self, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        """A draw f32 [..., d] and its log density f32 [...]; gradients pass through the draw."""

    def log_prob(self, value: jax.Array) -> jax.Array:
        """Log density f32 [...] of `value` f32 [..., d], in the space of the noise."""

    def entropy(self, key: jax.Array) -> jax.Array:
        """Entropy f32 [...] in the space of the noise, estimated with `key` where it has no closed form."""


class Policy(NamedTuple):
    """The actor's head and the distribution made of its output."""

    head: nn.Module  # f32 [b, n] to mean and log_std, both f32 [b, k * d]
    distribution: Callable[[jax.Array, jax.Array], Distribution]


def make_policy(preset: Preset, noise_size: int) -> Policy:
    """The head and distribution that `network.policy` names.

    Args:
        preset: of the run.
        noise_size: values in the noise of one decision, k * d.
    Raises:
        ConfigError: there is none of this name; lists those that exist.
    """
    plugin = load_plugin(DISTRIBUTIONS, preset.network.policy, "network.policy")
    policy: Policy = plugin.make(preset.network.hidden_dims, noise_size, preset.noise.magnitude)
    return policy
