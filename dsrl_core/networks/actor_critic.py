"""The noise actor and the ensemble of noise critics; their parameter trees have the reference's names."""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.config.preset import Preset
from dsrl_core.networks.batch import View
from dsrl_core.networks.blocks.dense import Dense
from dsrl_core.networks.blocks.values import CriticHeads
from dsrl_core.networks.distributions.base import Distribution, make_policy
from dsrl_core.networks.encoders.base import make_encoder
from dsrl_core.networks.shapes import LearnerShapes


class Inputs(NamedTuple):
    """A batch of views in the form that the networks take."""

    pixels: jax.Array  # uint8 [b, h, w, 3c], cameras stacked on the channels
    state: jax.Array  # f32 [b, s + f]


def inputs_of(view: View) -> Inputs:
    """Stack the cameras on the channels and join state and features."""
    images = jnp.asarray(view.images)
    b, c, h, w, rgb = images.shape
    pixels = jnp.moveaxis(images, 1, 3).reshape(b, h, w, c * rgb)
    return Inputs(pixels, jnp.concatenate([view.state, view.features], axis=-1))


class PixelModel(nn.Module):
    """Encodes pixels, appends state and features, and passes both to a head; without cameras, only state and features.

    `encoder` and the layer of size `latent_dim` after it encode the pixels; `network` is the head.
    """

    encoder: nn.Module | None
    network: nn.Module
    latent_dim: int

    @nn.compact
    def __call__(self, inputs: Inputs, *noise: jax.Array) -> Any:
        if self.encoder is None:
            return self.network(inputs.state, *noise)
        x = Dense(self.latent_dim)(self.encoder(inputs.pixels))
        x = nn.tanh(nn.LayerNorm()(x))
        return self.network(jnp.concatenate([x, inputs.state], axis=-1), *noise)


class Networks(NamedTuple):
    """Actor and critic, each with its own encoder; noise is flat here, f32 [b, k * d]."""

    actor: PixelModel
    critic: PixelModel
    distribution: Callable[[jax.Array, jax.Array], Distribution]  # of mean and log_std

    def policy(self, params: Any, inputs: Inputs) -> Distribution:
        """The actor's distribution over the noise of each row."""
        head: Any = self.actor.apply({"params": params}, inputs)
        return self.distribution(head[0], head[1])

    def values(self, params: Any, inputs: Inputs, noise: jax.Array, dropout: jax.Array | None = None) -> jax.Array:
        """Every critic's value of `noise` f32 [b, k * d], f32 [num_qs, b]; `dropout` is a key, None without dropout."""
        rngs = {} if dropout is None else {"dropout": dropout}
        values: Any = self.critic.apply({"params": params}, inputs, noise, rngs=rngs)
        return jnp.asarray(values)


def make_networks(preset: Preset, shapes: LearnerShapes) -> Networks:
    """The networks of a preset, without parameters.

    Raises:
        ConfigError: encoder, one of its options, or policy is unknown.
    """
    net, policy = preset.network, make_policy(preset, shapes.noise_size)

    def model(head: nn.Module) -> PixelModel:
        return PixelModel(make_encoder(net) if shapes.cameras else None, head, net.latent_dim)

    critic = CriticHeads(net.hidden_dims, net.num_qs, net.dropout, net.reinject_action)
    return Networks(model(policy.head), model(critic), policy.distribution)


def parameter_shapes(networks: Networks, shapes: LearnerShapes) -> dict[str, Any]:
    """Shape and dtype of each parameter of "actor" and "critic", as nested mappings; computes nothing."""
    inputs, key = _inputs(shapes), _key()
    noise = _array(1, shapes.noise_size)
    actor = jax.eval_shape(networks.actor.init, key, inputs)["params"]
    critic = jax.eval_shape(networks.critic.init, key, inputs, noise)["params"]
    return {"actor": actor, "critic": critic}


def action_critic_shapes(networks: Networks, shapes: LearnerShapes, action_size: int) -> Any:
    """Shape and dtype of the parameters of a critic that takes actions f32 [b, action_size] instead of noise."""
    return jax.eval_shape(networks.critic.init, _key(), _inputs(shapes), _array(1, action_size))["params"]


def _key() -> Any:
    """Shape and type of a random key."""
    return jax.eval_shape(jax.random.key, 0)


def _inputs(shapes: LearnerShapes) -> Inputs:
    """Shapes and types of a batch with one view."""
    pixels = _array(1, shapes.image_size, shapes.image_size, 3 * shapes.cameras, dtype=jnp.uint8)
    return Inputs(pixels, _array(1, shapes.state_dim + shapes.feature_dim))


def _array(*shape: int, dtype: Any = jnp.float32) -> Any:
    """A shape and type without an array, as making one would compile a function."""
    return jax.ShapeDtypeStruct(shape, dtype)  # type: ignore[no-untyped-call]
