"""The update of the actor and of the temperature (SAC, arXiv:1812.05905), shared by all algorithms here."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.shared.candidates import candidate_gradient
from dsrl_core.algorithms.shared.clone import clone_gradient
from dsrl_core.algorithms.shared.keys import dropout_key
from dsrl_core.algorithms.shared.optimiser import adam
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import ActorCriticState, State
from dsrl_core.algorithms.shared.values import prior_log_prob, reduce_values
from dsrl_core.networks.actor_critic import Inputs
from dsrl_core.networks.batch import Clone


def update_actor(
    parts: ActorCritic, state: State, inputs: Inputs, key: jax.Array, clone: Clone | None = None
) -> tuple[State, Metrics]:
    """One Adam step of the actor's loss at the present temperature, then the moving average of the actor, if used.

    Where the run has an operator, its decisions `clone` draw the actor towards their noise.
    """
    gradient, metrics = actor_gradient(parts, state, inputs, key)
    if parts.settings.candidates:
        drawn, candidate_metrics = candidate_gradient(parts, state, inputs, key)
        gradient, metrics = optax.tree.add(gradient, drawn), metrics | candidate_metrics
    if clone is not None:
        drawn, clone_metrics = clone_gradient(parts, state.actor, clone, key)
        gradient, metrics = optax.tree.add(gradient, drawn), metrics | clone_metrics
    return move_actor(parts, state, gradient), metrics | {"actor_grad_norm": optax.tree.norm(gradient)}


def actor_gradient(parts: ActorCritic, state: ActorCriticState, inputs: Inputs, key: jax.Array) -> tuple[Any, Metrics]:
    """Gradient and metrics of temperature * log density (relative to the prior's) - value, averaged over the batch."""
    settings, networks = parts.settings, parts.networks
    temperature = jnp.exp(state.log_temperature)

    def loss(params: Any) -> tuple[jax.Array, Metrics]:
        policy = networks.policy(params, inputs)
        noise, log_prob = policy.sample(key)
        log_prob = log_prob - prior_log_prob(parts, noise)
        values = networks.values(state.critic, inputs, noise, dropout_key(key, "actor"))
        q = reduce_values(values, settings.critic_reduction)
        metrics = {
            "entropy": -jnp.mean(log_prob),
            "q_pi_in_actor": jnp.mean(q),
            "std_pi_avg": jnp.mean(jnp.exp(policy.log_std)),
            "noise_abs": jnp.mean(jnp.abs(noise)),
        }
        return jnp.mean(temperature * log_prob - q), metrics

    (actor_loss, metrics), gradient = jax.value_and_grad(loss, has_aux=True)(state.actor)
    return gradient, metrics | {"actor_loss": actor_loss}


def move_actor(parts: ActorCritic, state: State, gradient: Any) -> State:
    """One Adam step of the actor, then the moving average of the actor, if used."""
    settings, average = parts.settings, state.actor_average
    actor, optimiser = adam(settings.actor_lr, gradient, state.actor_optimiser, state.actor)
    if average is not None:
        average = optax.incremental_update(actor, average, settings.actor_average)
    moved: State = state.replace(actor=actor, actor_optimiser=optimiser, actor_average=average)
    return moved


def update_temperature(parts: ActorCritic, state: State, entropy: jax.Array) -> tuple[State, Metrics]:
    """One Adam step of the temperature: it rises while the entropy is below its target, and falls while above."""

    def loss(log_temperature: jax.Array) -> jax.Array:
        return jnp.exp(log_temperature) * (entropy - parts.target_entropy)

    settings = parts.settings
    value, gradient = jax.value_and_grad(loss)(state.log_temperature)
    log_temperature, optimiser = adam(
        settings.temperature_lr, gradient, state.temperature_optimiser, state.log_temperature
    )
    if settings.min_temperature > 0:
        log_temperature = jnp.maximum(log_temperature, jnp.log(settings.min_temperature))
    metrics = {"temperature": jnp.exp(state.log_temperature), "temperature_loss": value}
    return state.replace(log_temperature=log_temperature, temperature_optimiser=optimiser), metrics
