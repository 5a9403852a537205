"""Cloning: the actor's mode is drawn to the noise that an operator's decisions were reversed into."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.shared.optimiser import adam
from dsrl_core.algorithms.shared.parts import ActorCritic, augment
from dsrl_core.algorithms.shared.state import State
from dsrl_core.networks.actor_critic import inputs_of
from dsrl_core.networks.batch import Clone
from dsrl_core.random.streams import name_hash


def clone_gradient(parts: ActorCritic, actor: Any, clone: Clone, key: jax.Array) -> tuple[Any, Metrics]:
    """Gradient and metrics of the weighted squared distance from the actor's mode to the operator's noise.

    It is summed over the noise's values and averaged over the batch. The images are augmented as in training.
    """
    crop, jitter = (jax.random.fold_in(key, np.uint32(name_hash(f"clone {use}"))) for use in ("crop", "jitter"))
    inputs = augment(parts.settings, inputs_of(clone.view), crop, jitter, parts.cameras)
    noise = clone.noise.reshape(clone.noise.shape[0], -1)

    def loss(params: Any) -> tuple[jax.Array, jax.Array]:
        distance = jnp.sum((parts.networks.policy(params, inputs).mode() - noise) ** 2, -1)
        own = jnp.maximum(jnp.sum(clone.weight > 0), 1)
        return jnp.mean(clone.weight * distance), jnp.sum((clone.weight > 0) * distance) / own

    (_, distance), gradient = jax.value_and_grad(loss, has_aux=True)(actor)
    return gradient, {"clone_loss": distance, "clone_weight": jnp.max(clone.weight)}


def clone_step(parts: ActorCritic, state: State, clone: Clone, key: jax.Array) -> tuple[State, Metrics]:
    """One Adam step of cloning alone, at the rate `clone.lr`; the average of the actor, if used, becomes the actor.

    Its random draws depend on `key` and the number of the step alone.
    """
    gradient, metrics = clone_gradient(parts, state.actor, clone, jax.random.fold_in(key, state.step))
    actor, optimiser = adam(parts.clone.lr, gradient, state.actor_optimiser, state.actor)
    average = None if state.actor_average is None else optax.incremental_update(actor, state.actor_average, 1.0)
    moved: State = state.replace(actor=actor, actor_optimiser=optimiser, actor_average=average, step=state.step + 1)
    return moved, metrics
