"""What an augmentation is, and how often it is applied."""

from typing import Protocol

import jax
import jax.numpy as jnp


class Augmentation(Protocol):
    """A random change of images; a row's draw and result depend on its place in the batch, not on the other rows."""

    def __call__(self, key: jax.Array, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, 3c] to the same shape and type; all cameras of one sample share a draw."""


def where_drawn(key: jax.Array, probability: float, changed: jax.Array, pixels: jax.Array) -> jax.Array:
    """`changed` for that share of the samples, `pixels` for the others; both uint8 [b, h, w, 3c]."""
    drawn = jax.random.bernoulli(key, probability, (pixels.shape[0], 1, 1, 1))
    return jnp.where(drawn, changed, pixels)
