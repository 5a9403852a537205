"""The interface of an augmentation, and a helper that applies one to a share of the samples."""

from typing import Protocol

import jax
import jax.numpy as jnp


class Augmentation(Protocol):
    """A random change of images. The result for a row depends on key, place in the batch and the row, not on others."""

    def __call__(self, key: jax.Array, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, 3c] to the same shape and type; all cameras of one sample share a draw."""


def where_drawn(key: jax.Array, probability: float, changed: jax.Array, pixels: jax.Array) -> jax.Array:
    """Each sample from `changed` with the given probability, else from `pixels`; both uint8 [b, h, w, 3c]."""
    drawn = jax.random.bernoulli(key, probability, (pixels.shape[0], 1, 1, 1))
    return jnp.where(drawn, changed, pixels)
