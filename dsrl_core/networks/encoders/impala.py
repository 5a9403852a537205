"""The residual network of IMPALA (arXiv:1802.01561), without normalisation."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.networks.blocks.max_pool import max_pool
from dsrl_core.networks.encoders.base import Options

BLOCKS = {"large": (2, 2, 2), "small": (2, 1, 1)}  # residual blocks of each stage
CHANNELS = (16, 32, 32)
OPTIONS: Options = {"size": tuple(BLOCKS)}


def convolution(features: int) -> nn.Conv:
    return nn.Conv(features, (3, 3), padding="SAME")


class Block(nn.Module):
    """x + conv(relu(conv(relu(x)))), as many channels out as in."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = convolution(x.shape[-1])(nn.relu(x))
        return x + convolution(x.shape[-1])(nn.relu(y))


class Impala(nn.Module):
    """Pixels in [0, 1]; each stage: a convolution, max-pooling to half the size, residual blocks."""

    blocks: tuple[int, ...]

    @nn.compact
    def __call__(self, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, channels] to f32 [b, ceil(h / 8) * ceil(w / 8) * 32], row by row."""
        x = pixels.astype(jnp.float32) / 255.0
        for features, blocks in zip(CHANNELS, self.blocks, strict=True):
            x = max_pool(convolution(features)(x))
            for _ in range(blocks):
                x = Block()(x)
        return nn.relu(x).reshape(x.shape[0], -1)


def make(settings: NetworkSettings, size: str) -> Impala:
    """The network of a size in `BLOCKS`."""
    return Impala(BLOCKS[size])
