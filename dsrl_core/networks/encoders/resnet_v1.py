"""Residual network of version 1: normalised and rectified after each convolution (arXiv:1512.03385)."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.networks.blocks.max_pool import max_pool
from dsrl_core.networks.blocks.resnet import OPTIONS, STAGES, WIDTH, Head, Norm, check_head, convolution, layout

__all__ = ["OPTIONS", "ResNetV1", "make"]


class Block(nn.Module):
    """relu(x + norm(conv(relu(norm(conv(x)))))), x through a 1x1 convolution where its shape changes."""

    features: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.relu(Norm()(convolution(self.features, stride=self.stride)(x)))
        y = Norm()(convolution(self.features)(y))
        if x.shape != y.shape:
            x = Norm()(convolution(self.features, 1, self.stride)(x))
        return nn.relu(x + y)


class ResNetV1(nn.Module):
    """Pixels in [0, 1] through a 7x7 convolution and the residual blocks to the head."""

    stages: tuple[int, ...]
    head: str

    @nn.compact
    def __call__(self, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, channels] to f32 [b, n], n = 1024 for positions, 512 for averages."""
        x = pixels.astype(jnp.float32) / 255.0
        x = max_pool(nn.relu(Norm()(convolution(WIDTH, 7, 2)(x))))
        for features, stride in layout(self.stages):
            x = Block(features, stride)(x)
        encoded: jax.Array = Head(self.head)(x)
        return encoded


def make(settings: NetworkSettings, depth: str, head: str) -> ResNetV1:
    """The network of a depth in `STAGES` and a head of `HEADS`; ConfigError where the image is too small for it."""
    check_head(settings, head)
    return ResNetV1(STAGES[depth], head)
