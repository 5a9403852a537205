"""Gaussian blur of random width, with the widths of BYOL (arXiv:2006.07733)."""

from functools import partial

import jax
import jax.numpy as jnp

from dsrl_core.augmentations.base import Augmentation, where_drawn
from dsrl_core.config.preset import SacSettings

SIGMA = (0.1, 2.0)  # pixels
SIDE_PER_RADIUS = 20  # the kernel reaches a twentieth of the image to each side


def make(settings: SacSettings, cameras: tuple[str, ...]) -> Augmentation | None:
    """Off where `sac.gaussian_blur` is 0."""
    return partial(gaussian_blur, probability=settings.gaussian_blur) if settings.gaussian_blur else None


def gaussian_blur(key: jax.Array, pixels: jax.Array, probability: float) -> jax.Array:
    """Blur each sample with the given probability, with its own sigma.

    Args:
        pixels: uint8 [b, h, w, 3c]; all cameras of one sample share a draw.
    Returns:
        uint8 [b, h, w, 3c].
    """
    apply, width = jax.random.split(key)
    sigma = jax.random.uniform(width, (pixels.shape[0],), minval=SIGMA[0], maxval=SIGMA[1])
    return where_drawn(apply, probability, blurred(pixels, sigma), pixels)


def blurred(pixels: jax.Array, sigma: jax.Array) -> jax.Array:
    """Blur each sample of uint8 [b, h, w, 3c] with its sigma f32 [b], pixels; the edge is repeated."""
    radius = max(1, min(pixels.shape[1:3]) // SIDE_PER_RADIUS)
    offsets = jnp.arange(-radius, radius + 1, dtype=jnp.float32)
    weights = jax.nn.softmax(-0.5 * (offsets[None] / sigma[:, None]) ** 2, axis=-1)
    x = pixels.astype(jnp.float32)
    for axis in (1, 2):
        x = _convolved(x, weights, axis, radius)
    return jnp.round(x).astype(jnp.uint8)


def _convolved(x: jax.Array, weights: jax.Array, axis: int, radius: int) -> jax.Array:
    padding = [(radius, radius) if i == axis else (0, 0) for i in range(x.ndim)]
    padded = jnp.pad(x, padding, mode="edge")
    shifted = (jax.lax.slice_in_dim(padded, i, i + x.shape[axis], axis=axis) for i in range(2 * radius + 1))
    return sum((w[:, None, None, None] * y for w, y in zip(weights.T, shifted, strict=True)), jnp.zeros_like(x))
