"""A Gaussian scaled by b, without squashing, so that its values are unbounded."""

from typing import NamedTuple

import distrax
import jax
import jax.numpy as jnp


class Gaussian(NamedTuple):
    """Independent values a = b * u, u ~ N(mean, exp(log_std)^2)."""

    mean: jax.Array  # f32 [..., d], of u
    log_std: jax.Array  # f32 [..., d], of u
    bound: float  # b

    def mode(self) -> jax.Array:
        """f32 [..., d]: the mean."""
        return self.bound * self.mean

    def sample(self, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        """A draw f32 [..., d] and its log density f32 [...]."""
        return sample_and_log_prob(self._scaled(), key)

    def log_prob(self, value: jax.Array) -> jax.Array:
        """Log density f32 [...] of `value` f32 [..., d]."""
        density: jax.Array = self._scaled().log_prob(value)
        return density

    def entropy(self, key: jax.Array) -> jax.Array:
        """Entropy f32 [...], exact; the key is not used."""
        exact: jax.Array = self._scaled().entropy()
        return exact

    def _scaled(self) -> distrax.MultivariateNormalDiag:
        return distrax.MultivariateNormalDiag(self.bound * self.mean, self.bound * jnp.exp(self.log_std))


def sample_and_log_prob(distribution: distrax.Distribution, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A draw f32 [..., d], made from jax.random.normal(key, [..., d]), and its log density f32 [...].

    The density comes from the normal draw itself, not from an inverse, so it is exact for the smallest deviations
    and where a squashing bijector saturates.
    """
    # distrax adds arrays with and without a leading axis of draws, which the rank promotion setting may forbid.
    with jax.numpy_rank_promotion("allow"):
        value, log_prob = distribution.sample_and_log_prob(seed=key)
    return value, log_prob
