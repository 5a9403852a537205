"""What is the same in every gradient step of a run: networks and settings."""

from typing import NamedTuple

import jax

from dsrl_core.augmentations.pipeline import augment_pixels
from dsrl_core.config.preset import CloneSettings, Preset, SacSettings
from dsrl_core.networks.actor_critic import Inputs, Networks, make_networks
from dsrl_core.networks.shapes import LearnerShapes


class ActorCritic(NamedTuple):
    """Networks and settings of a run's gradient steps."""

    networks: Networks
    settings: SacSettings
    target_entropy: float
    cameras: tuple[str, ...]  # in the order of the channels
    clone: CloneSettings
    magnitude: float  # the actor's range
    prior_std: float  # of sac.prior=normal
    noise_size: int  # k * d

    @classmethod
    def of(cls, preset: Preset, shapes: LearnerShapes) -> "ActorCritic":
        wanted = preset.sac.target_entropy
        target_entropy = -shapes.noise_size / 2 if wanted is None else wanted
        return cls(
            make_networks(preset, shapes),
            preset.sac,
            target_entropy,
            shapes.camera_names,
            preset.clone,
            preset.noise.magnitude,
            preset.noise.prior_std,
            shapes.noise_size,
        )


def augment(
    settings: SacSettings, inputs: Inputs, crop: jax.Array, jitter: jax.Array, cameras: tuple[str, ...] = ()
) -> Inputs:
    """Augment the pixels, if there are any; the state is unchanged. See `augment_pixels`."""
    if not inputs.pixels.shape[-1]:
        return inputs
    return Inputs(augment_pixels(settings, inputs.pixels, crop, jitter, cameras), inputs.state)
