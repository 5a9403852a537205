"""One gradient step of DSRL: SAC whose action is the noise of a policy (arXiv:2506.15799, arXiv:1812.05905)."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.shared.actor import update_actor, update_temperature
from dsrl_core.algorithms.shared.keys import Keys, dropout_key, split_keys
from dsrl_core.algorithms.shared.optimiser import adam
from dsrl_core.algorithms.shared.parts import ActorCritic, augment
from dsrl_core.algorithms.shared.state import ActorCriticState
from dsrl_core.algorithms.shared.values import critic_target
from dsrl_core.networks.actor_critic import Inputs, inputs_of
from dsrl_core.networks.batch import Batch


def keyed_step(
    parts: ActorCritic, state: ActorCriticState, batch: Batch, key: jax.Array
) -> tuple[ActorCriticState, Metrics]:
    """One gradient step; its random draws depend on `key` and the number of the step alone."""
    return gradient_step(parts, state, batch, split_keys(jax.random.fold_in(key, state.step)))


def gradient_step(
    parts: ActorCritic, state: ActorCriticState, batch: Batch, keys: Keys
) -> tuple[ActorCriticState, Metrics]:
    """One gradient step: augment; critic; target; actor with the new critic and the old temperature; temperature."""
    inputs = augment(parts.settings, inputs_of(batch.view), keys.crop, keys.jitter, parts.cameras)
    next_inputs = augment(parts.settings, inputs_of(batch.next_view), keys.next_crop, keys.next_jitter, parts.cameras)
    state, critic_metrics = update_critic(parts, state, batch, inputs, next_inputs, keys.critic)
    state, actor_metrics = update_actor(parts, state, inputs, keys.actor, batch.clone)
    state, temperature_metrics = update_temperature(parts, state, actor_metrics["entropy"])
    return state.replace(step=state.step + 1), critic_metrics | actor_metrics | temperature_metrics


def update_critic(
    parts: ActorCritic, state: ActorCriticState, batch: Batch, inputs: Inputs, next_inputs: Inputs, key: jax.Array
) -> tuple[ActorCriticState, Metrics]:
    """One Adam step of the critics' TD loss, then the moving average of the target critics."""
    gradient, metrics = critic_gradient(parts, state, batch, inputs, next_inputs, key)
    return move_critic(parts, state, gradient), metrics | {"critic_grad_norm": optax.tree.norm(gradient)}


def critic_gradient(
    parts: ActorCritic, state: ActorCriticState, batch: Batch, inputs: Inputs, next_inputs: Inputs, key: jax.Array
) -> tuple[Any, Metrics]:
    """Gradient and metrics of the critics' squared TD error, averaged over ensemble and batch."""
    settings, networks = parts.settings, parts.networks
    next_noise, _ = networks.policy(state.actor, next_inputs).sample(key)
    q_tp1 = networks.values(state.target_critic, next_inputs, next_noise, dropout_key(key, "target"))
    target = critic_target(batch.reward, batch.discount, q_tp1, settings.critic_reduction)
    noise = batch.noise.reshape(batch.noise.shape[0], -1)

    def loss(params: Any) -> tuple[jax.Array, jax.Array]:
        values = networks.values(params, inputs, noise, dropout_key(key, "critic"))
        return jnp.mean((values - target[None]) ** 2), values

    (critic_loss, values), gradient = jax.value_and_grad(loss, has_aux=True)(state.critic)
    metrics = {
        "critic_loss": critic_loss,
        "q": jnp.mean(values),
        "q_min": jnp.min(values),
        "q_max": jnp.max(values),
        "q_std": jnp.std(values),
        "target_q": jnp.mean(target),
    }
    return gradient, metrics


def move_critic(parts: ActorCritic, state: ActorCriticState, gradient: Any) -> ActorCriticState:
    """One Adam step of the critics, then the moving average of the target critics."""
    critic, optimiser = adam(parts.settings.critic_lr, gradient, state.critic_optimiser, state.critic)
    target_critic = optax.incremental_update(critic, state.target_critic, parts.settings.tau)
    moved: ActorCriticState = state.replace(critic=critic, target_critic=target_critic, critic_optimiser=optimiser)
    return moved
