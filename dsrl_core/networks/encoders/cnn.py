"""The small convolutional encoder of DSRL's reference; on a CPU it uses the package's compiled code, if built."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import NetworkSettings
from dsrl_core.native.convolutions import KERNEL, convolutions, usable
from dsrl_core.networks.encoders.base import Options

OPTIONS: Options = {}


class Cnn(nn.Module):
    """Convolutions 3x3 without padding over pixels in [0, 1], each followed by ReLU, flattened row by row."""

    features: tuple[int, ...]
    strides: tuple[int, ...]

    @nn.compact
    def __call__(self, pixels: jax.Array) -> jax.Array:
        """uint8 [b, h, w, channels] to f32 [b, encoding]."""
        params, inputs = [], pixels.shape[-1]
        for i, features in enumerate(self.features):
            params.append(Conv(features, name=f"Conv_{i}")(inputs))
            inputs = features
        apply = convolutions if usable(self.features) else xla_convolutions
        return apply(pixels, params, self.strides).reshape(pixels.shape[0], -1)


class Conv(nn.Module):
    """Holds the parameters of a 3x3 `nn.Conv`, under the same names."""

    features: int

    @nn.compact
    def __call__(self, inputs: int) -> tuple[jax.Array, jax.Array]:
        zeros = nn.initializers.zeros  # not used: `networks/initialise.py` draws the parameters
        kernel: jax.Array = self.param("kernel", zeros, (KERNEL, KERNEL, inputs, self.features))
        bias: jax.Array = self.param("bias", zeros, (self.features,))
        return kernel, bias


def xla_convolutions(
    pixels: jax.Array, params: list[tuple[jax.Array, jax.Array]], strides: tuple[int, ...]
) -> jax.Array:
    """The same result as the compiled `convolutions`, on any device and for any number of channels."""
    x = pixels.astype(jnp.float32) / 255.0
    for (kernel, bias), stride in zip(params, strides, strict=True):
        x = jax.lax.conv_general_dilated(
            x, kernel, (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = nn.relu(x + jnp.broadcast_to(bias, x.shape))
    return x


def make(settings: NetworkSettings) -> Cnn:
    """The encoder of `network.cnn_features` and `network.cnn_strides`."""
    return Cnn(settings.cnn_features, settings.cnn_strides)
