"""Heads that turn an encoded view into the mean and log standard deviation of a Gaussian."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.networks.blocks.dense import Dense
from dsrl_core.networks.blocks.values import MLP

LOG_STD_RANGE = (-20.0, 2.0)


class GaussianHead(nn.Module):
    """Mean and log standard deviation depend on the view; f32 [b, n] to two arrays f32 [b, noise_size]."""

    hidden_dims: tuple[int, ...]
    noise_size: int

    @nn.compact
    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = MLP(self.hidden_dims)(x)
        mean = Dense(self.noise_size)(x)
        log_std = Dense(self.noise_size)(x)
        return mean, jnp.clip(log_std, *LOG_STD_RANGE)


class LearnedStdHead(nn.Module):
    """The mean depends on the view; the deviation is one learned parameter per value. Shapes as in `GaussianHead`."""

    hidden_dims: tuple[int, ...]
    noise_size: int

    @nn.compact
    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        mean = Dense(self.noise_size)(MLP(self.hidden_dims)(x))
        log_std: jax.Array = self.param("log_std", nn.initializers.zeros, (self.noise_size,))
        return mean, jnp.broadcast_to(jnp.clip(log_std, *LOG_STD_RANGE), mean.shape)
