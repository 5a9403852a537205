"""The parts of a gradient step that do not change: networks and settings."""

from typing import NamedTuple

import jax

from dsrl_core.augmentations.pipeline import augment_pixels
from dsrl_core.config.preset import Preset, SacSettings
from dsrl_core.networks.actor_critic import Inputs, Networks, make_networks
from dsrl_core.networks.shapes import LearnerShapes


class ActorCritic(NamedTuple):
    """What every gradient step of a run has in common."""

    networks: Networks
    settings: SacSettings
    target_entropy: float
    cameras: tuple[str, ...]  # in the order of the channels

    @classmethod
    def of(cls, preset: Preset, shapes: LearnerShapes) -> "ActorCritic":
        wanted = preset.sac.target_entropy
        target_entropy = -shapes.noise_size / 2 if wanted is None else wanted
        return cls(make_networks(preset, shapes), preset.sac, target_entropy, shapes.camera_names)


def augment(
    settings: SacSettings, inputs: Inputs, crop: jax.Array, jitter: jax.Array, cameras: tuple[str, ...] = ()
) -> Inputs:
    """Change the pixels, where there are any, as the settings say; the state stays. See `augment_pixels`."""
    if not inputs.pixels.shape[-1]:
        return inputs
    return Inputs(augment_pixels(settings, inputs.pixels, crop, jitter, cameras), inputs.state)
