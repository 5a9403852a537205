"""Solarize: inverts bright values (BYOL, arXiv:2006.07733)."""

from functools import partial

import jax
import jax.numpy as jnp

from dsrl_core.augmentations.base import Augmentation, where_drawn
from dsrl_core.config.preset import SacSettings

THRESHOLD = 128


def make(settings: SacSettings, cameras: tuple[str, ...]) -> Augmentation | None:
    """Off where `sac.solarize` is 0."""
    return partial(solarize, probability=settings.solarize) if settings.solarize else None


def solarize(key: jax.Array, pixels: jax.Array, probability: float) -> jax.Array:
    """Replace values v of at least 128 by 255 - v in that share of the samples.

    Args:
        pixels: uint8 [b, h, w, 3c]; all cameras of one sample share a draw.
    Returns:
        uint8 [b, h, w, 3c].
    """
    return where_drawn(key, probability, jnp.where(pixels < THRESHOLD, pixels, 255 - pixels), pixels)
