"""Spatial softmax: where in the image each channel is active (arXiv:1504.00702)."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.policy.flow.network import spatial_softmax


class SpatialSoftmax(nn.Module):
    """The expected position, in [-1, 1], of each channel under the softmax of its values over the image."""

    learned: bool = True  # whether the temperature is learned; if not it is 1

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f32 [b, h, w, c] to f32 [b, 2c]: the rows of all channels, then their columns."""
        if not self.learned:
            return spatial_softmax(x)
        # The logarithm is learned, so that the temperature, which starts at 1, stays positive.
        log_temperature: jax.Array = self.param("log_temperature", nn.initializers.zeros, ())
        return spatial_softmax(x * jnp.exp(-log_temperature))
