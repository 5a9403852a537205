"""The small convolutional encoder of DSRL's reference, in the layout that is fastest for its width on a CPU."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.learner.encoders.base import Options

OPTIONS: Options = {}
KERNEL = 3
ZEROS = nn.initializers.zeros  # the learner sets parameters itself
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
        narrow = max(self.features) <= NARROW
        x = (jnp.transpose(pixels, (3, 1, 2, 0)) if narrow else pixels).astype(jnp.float32) / 255.0
        for i, (features, stride) in enumerate(zip(self.features, self.strides, strict=True)):
            conv = NarrowConv if narrow else Conv
            x = conv(features, stride, name=f"Conv_{i}")(x)
        if narrow:
            x = jnp.transpose(x, (3, 1, 2, 0))
        return x.reshape(x.shape[0], -1)


class Conv(nn.Module):
    """`nn.Conv` of 3x3 without padding, with its parameters, and ReLU, over [batch, h, w, channels]."""

    features: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        kernel: jax.Array = self.param("kernel", ZEROS, (KERNEL, KERNEL, x.shape[-1], self.features))
        bias: jax.Array = self.param("bias", ZEROS, (self.features,))
        if self.stride == KERNEL:  # windows lie side by side: one matrix product
            y = _windows(x) @ kernel.reshape(-1, self.features)
        else:
            strides = (self.stride, self.stride)
            y = jax.lax.conv_general_dilated(x, kernel, strides, "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return biased_relu(y, bias)


class NarrowConv(nn.Module):
    """The same as one matrix product over [channels, h, w, batch]."""

    features: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        channels, h, w, b = x.shape
        kernel: jax.Array = self.param("kernel", ZEROS, (KERNEL, KERNEL, channels, self.features))
        bias: jax.Array = self.param("bias", ZEROS, (self.features,))
        rows, columns = ((size - KERNEL) // self.stride + 1 for size in (h, w))

        def window(i: int, j: int) -> jax.Array:
            last = i + self.stride * (rows - 1) + 1, j + self.stride * (columns - 1) + 1
            return x[:, i : last[0] : self.stride, j : last[1] : self.stride]

        windows = jnp.concatenate([window(i, j) for i in range(KERNEL) for j in range(KERNEL)], axis=0)
        y = kernel.reshape(-1, self.features).T @ windows.reshape(KERNEL * KERNEL * channels, -1)
        return nn.relu(y + bias[:, None]).reshape(self.features, rows, columns, b)


def _windows(x: jax.Array) -> jax.Array:
    """[b, h, w, c] cut into squares side by side: [b, h // 3, w // 3, 9c]."""
    b, h, w, c = x.shape
    rows, columns = h // KERNEL, w // KERNEL
    whole = x[:, : KERNEL * rows, : KERNEL * columns].reshape(b, rows, KERNEL, columns, KERNEL, c)
    return jnp.transpose(whole, (0, 1, 3, 2, 4, 5)).reshape(b, rows, columns, -1)


@jax.custom_vjp
def biased_relu(x: jax.Array, bias: jax.Array) -> jax.Array:
    """ReLU of `x + bias`, f32 [..., n] and [n].

    Its gradient is its own because XLA's would keep zeros as large as `x`, and sum for `bias` seven times as slowly.
    """
    return nn.relu(x + jnp.broadcast_to(bias, x.shape))


def _biased_relu_forward(x: jax.Array, bias: jax.Array) -> tuple[jax.Array, jax.Array]:
    y = biased_relu(x, bias)
    return y, y > 0


def _biased_relu_backward(positive: jax.Array, gradient: jax.Array) -> tuple[jax.Array, jax.Array]:
    passed = jnp.where(positive, gradient, 0.0)
    rows = passed.reshape(-1, passed.shape[-1])
    return passed, jnp.ones(len(rows)) @ rows


biased_relu.defvjp(_biased_relu_forward, _biased_relu_backward)


def make(settings: NetworkSettings) -> Cnn:
    """The encoder of `network.cnn_features` and `network.cnn_strides`."""
    return Cnn(settings.cnn_features, settings.cnn_strides)
