"""Shared by the residual networks of versions 1 and 2: depths, convolutions, normalisation, and the final layer."""

from collections.abc import Mapping

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.errors import ConfigError
from dsrl_core.networks.blocks.spatial_softmax import SpatialSoftmax

STAGES = {"small": (1, 1, 1, 1), "18": (2, 2, 2, 2), "34": (3, 4, 6, 3)}  # residual blocks per stage, by depth
HEADS = ("spatial_softmax", "spatial_softmax_fixed", "average")
OPTIONS: Mapping[str, tuple[str, ...]] = {"depth": tuple(STAGES), "head": HEADS}
WIDTH = 64  # channels of the first stage; each further one has twice as many, at half the size
SHRINK = 32  # the feature maps' side is that of the image divided by this, rounded up
GROUP = 16  # channels that are normalised together, as in the table of arXiv:1803.08494


class Norm(nn.GroupNorm):
    """Group norm: unlike batch norm it has no state, and the result for a row does not depend on the batch."""

    num_groups: int | None = None
    group_size: int | None = GROUP


def convolution(features: int, kernel: int = 3, stride: int = 1) -> nn.Conv:
    """A padded convolution without bias, as the normalisation that follows it makes a bias redundant."""
    return nn.Conv(features, (kernel, kernel), (stride, stride), "SAME", use_bias=False)


def layout(stages: tuple[int, ...]) -> list[tuple[int, int]]:
    """(channels, stride) of each residual block in turn; the first block of every stage but the first has stride 2."""
    return [
        (WIDTH * 2**stage, 2 if stage and not block else 1)
        for stage, blocks in enumerate(stages)
        for block in range(blocks)
    ]


def check_head(settings: NetworkSettings, head: str) -> None:
    """Raise ConfigError if feature maps would have one pixel, where a spatial softmax has no positions to average."""
    if head != "average" and settings.image_size <= SHRINK:
        raise ConfigError(
            f"network.image_size={settings.image_size} leaves one pixel to network.encoder_options.head={head!r}; "
            f"allowed: {SHRINK + 1} or more, or head average"
        )


class Head(nn.Module):
    """Feature maps f32 [b, h, w, c] to a vector: expected positions f32 [b, 2c] or averages f32 [b, c]."""

    kind: str  # one of HEADS

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        if self.kind == "average":
            return jnp.mean(x, axis=(1, 2))
        return SpatialSoftmax(learned=self.kind == "spatial_softmax")(x)
