"""A Gaussian squashed into [-b, b] by b * tanh(u), with its density in the squashed space."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

LOG_TWO_PI = 1.8378770664093453
LOG_TWO = 0.6931471805599453
INSIDE = 1 - 2**-24  # the largest float32 below 1
ENTROPY_SAMPLES = 64


class TanhGaussian(NamedTuple):
    """Independent values a = b * tanh(u), u ~ N(mean, exp(log_std)^2)."""

    mean: jax.Array  # f32 [..., d], of u
    log_std: jax.Array  # f32 [..., d], of u
    bound: float  # b

    def mode(self) -> jax.Array:
        """f32 [..., d]: the squashed mean, the deterministic action of the field."""
        return self.bound * jnp.tanh(self.mean)

    def sample(self, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        """A draw f32 [..., d] and its log density f32 [...], exact even where tanh saturates."""
        return self.transform(jax.random.normal(key, self.mean.shape, self.mean.dtype))

    def transform(self, eps: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The draw and log density that a standard normal `eps` f32 [..., d] leads to."""
        u = self.mean + jnp.exp(self.log_std) * eps
        return self.bound * jnp.tanh(u), self._log_prob_u(u, eps)

    def log_prob(self, value: jax.Array) -> jax.Array:
        """Log density f32 [...] of `value` f32 [..., d] in [-b, b], where the ends count as the float just inside."""
        u = jnp.arctanh(jnp.clip(value / self.bound, -INSIDE, INSIDE))
        return self._log_prob_u(u, (u - self.mean) * jnp.exp(-self.log_std))

    def entropy(self, key: jax.Array) -> jax.Array:
        """Entropy f32 [...], an estimate: the mean of -log density over 64 draws; it has no closed form."""
        keys = jax.random.split(key, ENTROPY_SAMPLES)
        return -jnp.mean(jax.vmap(lambda k: self.sample(k)[1])(keys), axis=0)

    def _log_prob_u(self, u: jax.Array, eps: jax.Array) -> jax.Array:
        """log N(u) - log |da/du|, with log(1 - tanh(u)^2) in the form that does not cancel for large |u|."""
        normal = -0.5 * eps**2 - self.log_std - 0.5 * LOG_TWO_PI
        slope = 2.0 * (LOG_TWO - u - jax.nn.softplus(-2.0 * u)) + jnp.log(self.bound)
        return jnp.sum(normal - slope, axis=-1)
