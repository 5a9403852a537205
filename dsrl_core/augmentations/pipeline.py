"""The augmentations of the learner's images and their order."""

from functools import partial

import jax
import numpy as np

from dsrl_core.augmentations import color_jitter, flip, gaussian_blur, random_crop, solarize
from dsrl_core.augmentations.base import Augmentation
from dsrl_core.config.preset import SacSettings
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import AUGMENTATIONS, load_plugin
from dsrl_core.random.streams import name_hash

# Crop and jitter first, as in the reference.
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
        jitter: key of the colour jitter; the others fold their name into it, so that no setting changes others' draws.
        cameras: names, in the order of the channels.
    Returns:
        uint8 [b, h, w, 3c].
    """
    own = {name: make(settings, cameras) for name, make in PIPELINE.items()}
    for name, augmentation in {**own, **further(settings, cameras)}.items():
        if augmentation is not None:
            pixels = augmentation(_key(name, crop, jitter), pixels)
    return pixels


def further(settings: SacSettings, cameras: tuple[str, ...]) -> dict[str, Augmentation | None]:
    """Those of `sac.augmentations` by name, each made by `make(settings, cameras)` of its file.

    Raises:
        ConfigError: one is unknown, or is one of ours, which settings of their own turn on.
    """
    for name in settings.augmentations:
        if name in PIPELINE:
            raise ConfigError(f"sac.augmentations={name!r} has a setting of its own in sac; use that")
    plugins = {name: load_plugin(AUGMENTATIONS, name, "sac.augmentations") for name in settings.augmentations}
    return {name: plugin.make(settings, cameras) for name, plugin in plugins.items()}


def _key(name: str, crop: jax.Array, jitter: jax.Array) -> jax.Array:
    own = {"random_crop": crop, "color_jitter": jitter}
    return own[name] if name in own else jax.random.fold_in(jitter, np.uint32(name_hash(name)))
