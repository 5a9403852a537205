"""Random crop: it keeps a pixel critic from overfitting (DrQ, arXiv:2004.13649)."""

from functools import partial

import jax
import jax.numpy as jnp

from dsrl_core.augmentations.base import Augmentation
from dsrl_core.config.preset import SacSettings


def make(settings: SacSettings, cameras: tuple[str, ...]) -> Augmentation | None:
    """Off where `sac.crop_padding` is 0."""
    return partial(random_crop, padding=settings.crop_padding) if settings.crop_padding else None


def random_crop(key: jax.Array, pixels: jax.Array, padding: int) -> jax.Array:
    """Shift each image by up to `padding` pixels, repeating the edge; all cameras of one sample shift alike.

    Args:
        pixels: uint8 [b, h, w, 3c].
    Returns:
        uint8 [b, h, w, 3c]; computed as one gather with clamped indices, which equals edge padding and slicing.
    """
    b, h, w, _ = pixels.shape
    shift = jax.vmap(lambda k: jax.random.randint(k, (2,), -padding, padding + 1))(jax.random.split(key, b))
    rows = jnp.clip(shift[:, :1] + jnp.arange(h)[None], 0, h - 1)
    columns = jnp.clip(shift[:, 1:] + jnp.arange(w)[None], 0, w - 1)
    cropped: jax.Array = pixels[jnp.arange(b)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return cropped
