"""A Gaussian in units of b; not squashed, so its values are not confined."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

LOG_TWO_PI = 1.8378770664093453


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
        eps = jax.random.normal(key, self.mean.shape, self.mean.dtype)
        return self.bound * (self.mean + jnp.exp(self.log_std) * eps), self._log_prob_eps(eps)

    def log_prob(self, value: jax.Array) -> jax.Array:
        """Log density f32 [...] of `value` f32 [..., d]."""
        return self._log_prob_eps((value / self.bound - self.mean) * jnp.exp(-self.log_std))

    def entropy(self, key: jax.Array) -> jax.Array:
        """f32 [...], exact: the key is not used."""
        return jnp.sum(0.5 + 0.5 * LOG_TWO_PI + self.log_std + jnp.log(self.bound), axis=-1)

    def _log_prob_eps(self, eps: jax.Array) -> jax.Array:
        return jnp.sum(-0.5 * eps**2 - self.log_std - 0.5 * LOG_TWO_PI - jnp.log(self.bound), axis=-1)
