"""The small convolutional encoder of DSRL's reference, in the layout that is fastest for its width on a CPU."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.learner.encoders.base import Options

OPTIONS: Options = {}
KERNEL = 3
NARROW = (
    16  # channels up to which matrix products beat XLA's convolution: 1.8 times at (8, 16), a third at 32 [measured]
)


class Cnn(nn.Module):
    """Convolutions 3x3 without padding over pixels in [0, 1], each followed by ReLU, flattened row by row."""

    features: tuple[int, ...]
    strides: tuple[int, ...]

    @nn.compact
    def __call__(self, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, channels] to f32 [b, encoding]."""
        if max(self.features) > NARROW:
            x = pixels.astype(jnp.float32) / 255.0
            for features, stride in zip(self.features, self.strides, strict=True):
                x = nn.relu(nn.Conv(features, (KERNEL, KERNEL), (stride, stride), "VALID")(x))
        else:
            x = jnp.transpose(pixels, (3, 1, 2, 0)).astype(jnp.float32) / 255.0
            for features, stride in zip(self.features, self.strides, strict=True):
                x = nn.relu(Conv(features, stride)(x))
            x = jnp.transpose(x, (3, 1, 2, 0))
        return x.reshape(x.shape[0], -1)


class Conv(nn.Module):
    """`nn.Conv` of 3x3 without padding, with its parameters, as one matrix product over [channels, h, w, batch]."""

    features: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        channels, h, w, b = x.shape
        kernel: jax.Array = self.param("kernel", nn.initializers.zeros, (KERNEL, KERNEL, channels, self.features))
        bias: jax.Array = self.param("bias", nn.initializers.zeros, (self.features,))
        rows, columns = ((size - KERNEL) // self.stride + 1 for size in (h, w))

        def window(i: int, j: int) -> jax.Array:
            last = i + self.stride * (rows - 1) + 1, j + self.stride * (columns - 1) + 1
            return x[:, i : last[0] : self.stride, j : last[1] : self.stride]

        windows = jnp.concatenate([window(i, j) for i in range(KERNEL) for j in range(KERNEL)], axis=0)
        y = kernel.reshape(-1, self.features).T @ windows.reshape(KERNEL * KERNEL * channels, -1)
        return (y + bias[:, None]).reshape(self.features, rows, columns, b)


def make(settings: NetworkSettings) -> Cnn:
    """The encoder of `network.cnn_features` and `network.cnn_strides`."""
    return Cnn(settings.cnn_features, settings.cnn_strides)
