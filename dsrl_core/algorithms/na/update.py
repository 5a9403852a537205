"""One gradient step of DSRL-NA, noise aliasing (arXiv:2506.15799, section 4.2).

Many noises are decoded to the same action. So a critic on actions is trained by TD on every decision, whichever noise
its action came from. The critic on noise, which the actor maximises, is distilled from it, also at noise that was never
played.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.na.base_policy import BasePolicy
from dsrl_core.algorithms.shared.actor import update_actor, update_temperature
from dsrl_core.algorithms.shared.keys import Keys, dropout_key, split_keys
from dsrl_core.algorithms.shared.optimiser import adam, init_adam
from dsrl_core.algorithms.shared.parts import ActorCritic, augment
from dsrl_core.algorithms.shared.state import ActorCriticState, init_state
from dsrl_core.algorithms.shared.values import critic_target, prior_log_prob, reduce_values
from dsrl_core.config.preset import Preset
from dsrl_core.networks.actor_critic import Inputs, action_critic_shapes, inputs_of
from dsrl_core.networks.batch import Batch
from dsrl_core.networks.initialise import copy, initialise
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.random.streams import name_hash


class NaState(ActorCriticState):  # type: ignore[no-untyped-call]
    """DSRL-SAC's state and the critics on actions. `target_critic` is None: critics on noise are not bootstrapped."""

    action_critic: Any
    target_action_critic: Any
    action_critic_optimiser: Any
    distill_loss: jax.Array  # f32 [], of the last distillation

    def trained(self) -> dict[str, Any]:
        """The parameters that are trained by gradients."""
        return {**super().trained(), "action_critic": self.action_critic}

    def targets(self) -> dict[str, Any]:
        """The parameters that are averages of trained ones."""
        return {**super().targets(), "target_action_critic": self.target_action_critic}


class NoiseAliasing(NamedTuple):
    """What is the same in every gradient step: networks, settings and the frozen base policy."""

    parts: ActorCritic
    base: BasePolicy


def init_na_state(preset: Preset, shapes: LearnerShapes, base: BasePolicy, seed: int) -> NaState:
    """Initial parameters and optimisers; actor and noise critics are the same as DSRL-SAC's for this seed."""
    common = init_state(preset, shapes, seed)
    wanted = action_critic_shapes(ActorCritic.of(preset, shapes).networks, shapes, base.action_size)
    action_critic = initialise(wanted, seed, "action_critic")
    held = {name: getattr(common, name) for name in common.__dataclass_fields__}
    return NaState(
        **held | {"target_critic": None},
        action_critic=action_critic,
        target_action_critic=copy(action_critic),
        action_critic_optimiser=init_adam(preset.sac.critic_lr, action_critic),
        distill_loss=jax.device_put(np.float32(0)),
    )


def keyed_na_step(na: NoiseAliasing, state: NaState, batch: Batch, key: jax.Array) -> tuple[NaState, Metrics]:
    """One gradient step; its random draws depend on `key` and the number of the step alone."""
    return na_step(na, state, batch, split_keys(jax.random.fold_in(key, state.step)))


def na_step(na: NoiseAliasing, state: NaState, batch: Batch, keys: Keys) -> tuple[NaState, Metrics]:
    """One gradient step: augment; action critic and its target; distillation if due; actor; temperature."""
    parts = na.parts
    inputs = augment(parts.settings, inputs_of(batch.view), keys.crop, keys.jitter, parts.cameras)
    next_inputs = augment(parts.settings, inputs_of(batch.next_view), keys.next_crop, keys.next_jitter, parts.cameras)
    state, critic_metrics = update_action_critic(na, state, batch, inputs, next_inputs, keys.critic)
    state = distill_due(na, state, batch, inputs, keys.critic)
    state, actor_metrics = update_actor(parts, state, inputs, keys.actor, batch.clone)
    state, temperature_metrics = update_temperature(parts, state, actor_metrics["entropy"])
    metrics = critic_metrics | {"distill_loss": state.distill_loss} | actor_metrics | temperature_metrics
    return state.replace(step=state.step + 1), metrics


def update_action_critic(
    na: NoiseAliasing, state: NaState, batch: Batch, inputs: Inputs, next_inputs: Inputs, key: jax.Array
) -> tuple[NaState, Metrics]:
    """One Adam step of the action critics' TD loss, then the moving average of the target critics.

    The target is r + discount * (Q_target(s', pi(s', w')) - alpha * log p(w' | s')), with w' sampled from the actor.
    """
    networks, settings, base = na.parts.networks, na.parts.settings, na.base
    next_noise, log_prob = networks.policy(state.actor, next_inputs).sample(key)
    log_prob = log_prob - prior_log_prob(na.parts, next_noise)
    next_action = base.actions(batch.next_view.extras["context"], next_noise)
    q_tp1 = networks.values(state.target_action_critic, next_inputs, next_action, dropout_key(key, "target"))
    soft_q_tp1 = q_tp1 - jnp.exp(state.log_temperature) * log_prob[None]
    target = critic_target(batch.reward, batch.discount, soft_q_tp1, settings.critic_reduction)

    def loss(params: Any) -> tuple[jax.Array, jax.Array]:
        values = networks.values(params, inputs, batch.extras["action"], dropout_key(key, "critic"))
        return jnp.mean((values - target[None]) ** 2), values

    (value, q), gradient = jax.value_and_grad(loss, has_aux=True)(state.action_critic)
    critic, optimiser = adam(settings.critic_lr, gradient, state.action_critic_optimiser, state.action_critic)
    metrics = {
        "action_critic_loss": value,
        "action_q": jnp.mean(q),
        "q_min": jnp.min(q),
        "q_max": jnp.max(q),
        "q_std": jnp.std(q),
        "target_q": jnp.mean(target),
        "action_critic_grad_norm": optax.tree.norm(gradient),
    }
    target_critic = optax.incremental_update(critic, state.target_action_critic, settings.tau)
    replaced = state.replace(
        action_critic=critic, target_action_critic=target_critic, action_critic_optimiser=optimiser
    )
    return replaced, metrics


def distill_due(na: NoiseAliasing, state: NaState, batch: Batch, inputs: Inputs, key: jax.Array) -> NaState:
    """Distil so often that `utd` gradient steps have `distill_steps` distillations, spread evenly.

    If only some steps have a distillation, it is computed in all of them and its result is selected in those. A branch
    would be slower: on a CPU, convolutions inside one take several times as long (measured with jaxlib 0.10.2: 1.3 s
    instead of 0.2 s a step).
    """
    settings = na.parts.settings
    utd = max(settings.utd, 1)
    always, rest = divmod(settings.distill_steps, utd)

    def once(number: int, state: NaState) -> NaState:
        return distill(na, state, batch, inputs, jax.random.fold_in(key, np.uint32(name_hash(f"distill {number}"))))

    for number in range(always):
        state = once(number, state)
    if not rest:
        return state
    due = (state.step % utd + 1) * rest % utd < rest
    distilled = once(always, state)
    kept = {
        name: jax.tree.map(partial(jax.lax.select, due), getattr(distilled, name), getattr(state, name))
        for name in ("critic", "critic_optimiser", "distill_loss")
    }
    changed: NaState = state.replace(**kept)
    return changed


def distill(na: NoiseAliasing, state: NaState, batch: Batch, inputs: Inputs, key: jax.Array) -> NaState:
    """One Adam step of the noise critics at w of the prior, towards the action critics' value of w decoded."""
    networks, settings = na.parts.networks, na.parts.settings
    noise = na.parts.prior_std * jax.random.normal(key, (len(batch.noise), na.base.noise[0] * na.base.noise[1]))
    action = na.base.actions(batch.view.extras["context"], noise)
    q = networks.values(state.action_critic, inputs, action)
    target = jax.lax.stop_gradient(reduce_values(q, settings.critic_reduction))

    def loss(params: Any) -> jax.Array:
        values = networks.values(params, inputs, noise, dropout_key(key, "critic"))
        return jnp.mean((values - target[None]) ** 2)

    value, gradient = jax.value_and_grad(loss)(state.critic)
    critic, optimiser = adam(settings.critic_lr, gradient, state.critic_optimiser, state.critic)
    replaced: NaState = state.replace(critic=critic, critic_optimiser=optimiser, distill_loss=value)
    return replaced
