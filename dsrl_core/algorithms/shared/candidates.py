"""Candidates: where the critics value some noise of the prior above the actor's mode, the mode is drawn there."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import ActorCriticState
from dsrl_core.algorithms.shared.values import reduce_values
from dsrl_core.networks.actor_critic import Inputs
from dsrl_core.random.streams import name_hash


def candidate_gradient(
    parts: ActorCritic, state: ActorCriticState, inputs: Inputs, key: jax.Array
) -> tuple[Any, Metrics]:
    """Gradient and metrics of the squared distance from the mode to the best of `sac.candidates` noises of each view.

    It is weighted with how much more that noise is worth than the mode, and nothing where it is worth less. The
    gradient of the value alone cannot leave a local best for another; GRAC has the same remedy (arXiv:2009.08973).
    The critics are asked without dropout. The gradient is a tree as the actor's parameters; `candidate_gain` is in
    units of the value.
    """
    networks = parts.networks
    candidates = draw_candidates(parts, inputs.state.shape[0], key)

    def worth(noise: jax.Array) -> jax.Array:
        return reduce_values(networks.values(state.critic, inputs, noise), parts.settings.critic_reduction)

    values = jax.vmap(worth)(candidates)  # [n, b]; the views are encoded once
    best = jnp.take_along_axis(candidates, jnp.argmax(values, axis=0)[None, :, None], axis=0)[0]

    def loss(params: Any) -> tuple[jax.Array, Metrics]:
        mode = networks.policy(params, inputs).mode()
        gain = jax.nn.relu(jnp.max(values, axis=0) - worth(jax.lax.stop_gradient(mode)))
        metrics = {"candidate_gain": jnp.mean(gain)}
        return jnp.mean(gain * jnp.sum((mode - best) ** 2, axis=-1)), metrics

    (_, metrics), gradient = jax.value_and_grad(loss, has_aux=True)(state.actor)
    return gradient, metrics


def draw_candidates(parts: ActorCritic, views: int, key: jax.Array) -> jax.Array:
    """Noise of `sac.prior` within the actor's range, f32 [candidates, views, k * d]."""
    key = jax.random.fold_in(key, np.uint32(name_hash("candidates")))
    shape, magnitude = (parts.settings.candidates, views, parts.noise_size), parts.magnitude
    if parts.settings.prior == "normal":
        limit = magnitude / parts.prior_std
        return parts.prior_std * jax.random.truncated_normal(key, -limit, limit, shape)
    return jax.random.uniform(key, shape, minval=-magnitude, maxval=magnitude)
