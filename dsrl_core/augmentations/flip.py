"""Horizontal flip of some cameras.

A mirrored image of the scene shows another task, for which other noise is right. A camera may be flipped if left and
right do not matter in what it sees, as for a wrist camera on a symmetric gripper.
"""

from functools import partial

import jax
import jax.numpy as jnp

from dsrl_core.augmentations.base import Augmentation, where_drawn
from dsrl_core.config.preset import SacSettings


def make(settings: SacSettings, cameras: tuple[str, ...]) -> Augmentation | None:
    """Off where `sac.flip` is 0; of the cameras named in `sac.flip_cameras`, of all where that is empty."""
    if not settings.flip:
        return None
    named = settings.flip_cameras
    return partial(flip, probability=settings.flip, flipped=tuple(name in named for name in cameras) if named else None)


def flip(key: jax.Array, pixels: jax.Array, probability: float, flipped: tuple[bool, ...] | None = None) -> jax.Array:
    """Mirror the chosen cameras, left to right, in that share of the samples.

    Args:
        pixels: uint8 [b, h, w, 3c]; all cameras of one sample share a draw.
        flipped: of each camera, whether it is chosen; None is all.
    Returns:
        uint8 [b, h, w, 3c].
    """
    mirrored = pixels[:, :, ::-1]
    if flipped is not None:
        channels = jnp.repeat(jnp.asarray(flipped), 3)[None, None, None]
        mirrored = jnp.where(channels, mirrored, pixels)
    return where_drawn(key, probability, mirrored, pixels)
