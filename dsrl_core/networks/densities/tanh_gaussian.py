"""A Gaussian squashed into [-b, b] by b * tanh(u), with its density in the squashed space."""

from typing import NamedTuple

import distrax
import jax
import jax.numpy as jnp

from dsrl_core.networks.densities.gaussian import sample_and_log_prob

INSIDE = 1 - 2**-24  # the largest float32 below 1
ENTROPY_SAMPLES = 64


class Tanh(distrax.Tanh):  # type: ignore[misc]  # distrax has no types
    """tanh whose inverse takes -1 and 1 as the next float inside, as a draw may be rounded to them."""

    def inverse_and_log_det(self, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        inverse, log_det = super().inverse_and_log_det(jnp.clip(y, -INSIDE, INSIDE))
        return inverse, log_det


class TanhGaussian(NamedTuple):
    """Independent values a = b * tanh(u), u ~ N(mean, exp(log_std)^2)."""

    mean: jax.Array  # f32 [..., d], of u
    log_std: jax.Array  # f32 [..., d], of u
    bound: float  # b

    def mode(self) -> jax.Array:
        """f32 [..., d]: the squashed mean, which is the usual deterministic action (not the density's maximum)."""
        squashed: jax.Array = self._squash().forward(self.mean)
        return squashed

    def sample(self, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        """A draw f32 [..., d] and its log density f32 [...], exact even where tanh saturates."""
        return sample_and_log_prob(self._squashed(), key)

    def log_prob(self, value: jax.Array) -> jax.Array:
        """Log density f32 [...] of `value` f32 [..., d] in [-b, b], where the ends count as the float just inside."""
        density: jax.Array = self._squashed().log_prob(value)
        return density

    def entropy(self, key: jax.Array) -> jax.Array:
        """Entropy f32 [...], an estimate: the mean of -log density over 64 draws; it has no closed form."""
        keys = jax.random.split(key, ENTROPY_SAMPLES)
        return -jnp.mean(jax.vmap(lambda k: self.sample(k)[1])(keys), axis=0)

    def _squashed(self) -> distrax.Transformed:
        gaussian = distrax.MultivariateNormalDiag(self.mean, jnp.exp(self.log_std))
        return distrax.Transformed(gaussian, self._squash())

    def _squash(self) -> distrax.Block:
        """b * tanh(u) of the d values of a row, whose log determinants add up."""
        return distrax.Block(distrax.Chain([distrax.ScalarAffine(0.0, self.bound), Tanh()]), 1)
