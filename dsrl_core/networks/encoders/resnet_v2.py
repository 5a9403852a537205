"""Residual network of version 2: normalised and rectified before each convolution (arXiv:1603.05027)."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.networks.blocks.max_pool import max_pool
from dsrl_core.networks.blocks.resnet import OPTIONS, STAGES, WIDTH, Head, Norm, check_head, convolution, layout

__all__ = ["OPTIONS", "ResNetV2", "make"]


class Block(nn.Module):
    """x + conv(relu(norm(conv(relu(norm(x)))))): no ReLU after the sum, so the gradient passes all blocks unchanged."""

    features: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        active = nn.relu(Norm()(x))
        y = convolution(self.features, stride=self.stride)(active)
        y = convolution(self.features)(nn.relu(Norm()(y)))
        if x.shape != y.shape:
            x = convolution(self.features, 1, self.stride)(active)
        return x + y


class ResNetV2(nn.Module):
    """Pixels in [0, 1] through a 7x7 convolution and the residual blocks, normalised and rectified, to the head."""

    stages: tuple[int, ...]
    head: str

    @nn.compact
    def __call__(self, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, channels] to f32 [b, n], n = 1024 for positions, 512 for averages."""
        x = max_pool(convolution(WIDTH, 7, 2)(pixels.astype(jnp.float32) / 255.0))
        for features, stride in layout(self.stages):
            x = Block(features, stride)(x)
        encoded: jax.Array = Head(self.head)(nn.relu(Norm()(x)))
        return encoded


def make(settings: NetworkSettings, depth: str, head: str) -> ResNetV2:
    """The network of a depth in `STAGES` and a head of `HEADS`; ConfigError where the image is too small for it."""
    check_head(settings, head)
    return ResNetV2(STAGES[depth], head)
