"""The random changes that the learner's images go through, in their order."""

from functools import partial

import jax
import numpy as np

from dsrl_core.augmentations import color_jitter, flip, gaussian_blur, random_crop, solarize
from dsrl_core.config.preset import SacSettings
from dsrl_core.random.streams import word

# Crop and jitter first, as the reference. The order is part of the settings' meaning, so it stands here, once.
PIPELINE = {
    "random_crop": random_crop.make,
    "color_jitter": color_jitter.make,
    "gaussian_blur": gaussian_blur.make,
    "solarize": solarize.make,
    "flip": flip.make,
}


@partial(jax.jit, static_argnums=(0, 4))  # so that a gradient step traces it once, not for each of its two views
def augment_pixels(
    settings: SacSettings, pixels: jax.Array, crop: jax.Array, jitter: jax.Array, cameras: tuple[str, ...]
) -> jax.Array:
    """Every augmentation that is on, one after the other.

    Args:
        pixels: uint8 [b, h, w, 3c].
        crop: key of the crop.
        jitter: key of the colour jitter; all others fold their name into it, so that turning one on moves no draw.
        cameras: names, in the order of the channels.
    Returns:
        uint8 [b, h, w, 3c].
    """
    for name, make in PIPELINE.items():
        if augmentation := make(settings, cameras):
            pixels = augmentation(_key(name, crop, jitter), pixels)
    return pixels


def _key(name: str, crop: jax.Array, jitter: jax.Array) -> jax.Array:
    own = {"random_crop": crop, "color_jitter": jitter}
    return own[name] if name in own else jax.random.fold_in(jitter, np.uint32(word(name)))
