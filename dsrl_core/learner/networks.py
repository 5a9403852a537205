"""The noise actor and the ensemble of noise critics; the parameter tree has the names of the reference."""

from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import Preset
from dsrl_core.learner.batch import View
from dsrl_core.learner.encoder import Encoder
from dsrl_core.learner.shapes import LearnerShapes
from dsrl_core.learner.tanh_gaussian import TanhGaussian

LOG_STD_RANGE = (-20.0, 2.0)


class Inputs(NamedTuple):
    """A view as the networks take it."""

    pixels: jax.Array  # uint8 [b, h, w, 3c], cameras stacked on the channels
    state: jax.Array  # f32 [b, s + f]


def inputs_of(view: View) -> Inputs:
    """Stack the cameras on the channels and join state and features."""
    images = jnp.asarray(view.images)
    b, c, h, w, rgb = images.shape
    pixels = jnp.moveaxis(images, 1, 3).reshape(b, h, w, c * rgb)
    return Inputs(pixels, jnp.concatenate([view.state, view.features], axis=-1))


class MLP(nn.Module):
    """Hidden layers, each followed by ReLU, with LayerNorm before it where asked; then a linear output if `out` > 0."""

    hidden_dims: tuple[int, ...]
    out: int = 0
    layer_norm: bool = False

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for size in self.hidden_dims:
            x = nn.Dense(size)(x)
            x = nn.relu(nn.LayerNorm()(x) if self.layer_norm else x)
        return nn.Dense(self.out)(x) if self.out else x


class GaussianHead(nn.Module):
    """Mean and log standard deviation of the noise before it is squashed."""

    hidden_dims: tuple[int, ...]
    noise_size: int

    @nn.compact
    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = MLP(self.hidden_dims)(x)
        mean = nn.Dense(self.noise_size)(x)
        log_std = nn.Dense(self.noise_size)(x)
        return mean, jnp.clip(log_std, *LOG_STD_RANGE)


class StateActionValue(nn.Module):
    """One critic: noise and encoded view to a value."""

    hidden_dims: tuple[int, ...]

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return jnp.squeeze(MLP(self.hidden_dims, out=1, layer_norm=True)(x), axis=-1)


class CriticHeads(nn.Module):
    """Independent critics over the same encoding; f32 [num_qs, b]."""

    hidden_dims: tuple[int, ...]
    num_qs: int

    @nn.compact
    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        heads = nn.vmap(
            StateActionValue,
            variable_axes={"params": 0},
            split_rngs={"params": True},
            in_axes=None,
            out_axes=0,
            axis_size=self.num_qs,
        )
        values: jax.Array = heads(self.hidden_dims)(jnp.concatenate([noise, x], axis=-1))
        return values


class PixelModel(nn.Module):
    """Encoder, bottleneck and state in front of a head; without a camera the head sees the state alone."""

    encoder: Encoder | None
    network: nn.Module
    latent_dim: int

    @nn.compact
    def __call__(self, inputs: Inputs, *noise: jax.Array) -> Any:
        if self.encoder is None:
            return self.network(inputs.state, *noise)
        x = nn.Dense(self.latent_dim)(self.encoder(inputs.pixels))
        x = nn.tanh(nn.LayerNorm()(x))
        return self.network(jnp.concatenate([x, inputs.state], axis=-1), *noise)


class Networks(NamedTuple):
    """Actor and critic, each with its own encoder; noise is flat, f32 [b, k * d], in here."""

    actor: PixelModel
    critic: PixelModel
    bound: float  # b: noise lies in [-b, b]

    def policy(self, params: Any, inputs: Inputs) -> TanhGaussian:
        """The actor's distribution over the noise of each row."""
        head: Any = self.actor.apply({"params": params}, inputs)
        return TanhGaussian(head[0], head[1], self.bound)

    def values(self, params: Any, inputs: Inputs, noise: jax.Array) -> jax.Array:
        """Every critic's value of `noise` f32 [b, k * d]: f32 [num_qs, b]."""
        values: Any = self.critic.apply({"params": params}, inputs, noise)
        return jnp.asarray(values)


def make_networks(preset: Preset, shapes: LearnerShapes) -> Networks:
    """The networks of a preset; parameters live outside of them."""
    net = preset.network

    def model(head: nn.Module) -> PixelModel:
        encoder = Encoder(net.cnn_features, net.cnn_strides) if shapes.cameras else None
        return PixelModel(encoder, head, net.latent_dim)

    actor = model(GaussianHead(net.hidden_dims, shapes.noise_size))
    critic = model(CriticHeads(net.hidden_dims, net.num_qs))
    return Networks(actor, critic, preset.noise.magnitude)


def parameter_shapes(networks: Networks, shapes: LearnerShapes) -> dict[str, Any]:
    """The trees of "actor" and "critic" parameters with leaves that have `shape` and `dtype`; computes nothing."""
    pixels = jnp.zeros((1, shapes.image_size, shapes.image_size, 3 * shapes.cameras), jnp.uint8)
    inputs = Inputs(pixels, jnp.zeros((1, shapes.state_dim + shapes.feature_dim)))
    key, noise = jax.random.key(0), jnp.zeros((1, shapes.noise_size))
    actor = jax.eval_shape(networks.actor.init, key, inputs)["params"]
    critic = jax.eval_shape(networks.critic.init, key, inputs, noise)["params"]
    return {"actor": actor, "critic": critic}
