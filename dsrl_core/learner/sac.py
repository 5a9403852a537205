"""One gradient step of DSRL: SAC whose action is the noise of a policy (arXiv:2506.15799, arXiv:1812.05905)."""

from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import struct

from dsrl_core.config.preset import Preset, SacSettings
from dsrl_core.keys import word
from dsrl_core.learner.augment import augment_pixels
from dsrl_core.learner.batch import Batch
from dsrl_core.learner.initialise import copy, initialise, zeros
from dsrl_core.learner.networks import Inputs, Networks, inputs_of, make_networks, parameter_shapes
from dsrl_core.learner.shapes import LearnerShapes

Metrics = dict[str, jax.Array]  # scalars with the reference's names, where it has the number


class SacState(struct.PyTreeNode):  # type: ignore[no-untyped-call]
    """All that a gradient step reads and writes."""

    actor: Any
    critic: Any
    target_critic: Any
    log_temperature: jax.Array
    actor_optimiser: Any
    critic_optimiser: Any
    temperature_optimiser: Any
    step: jax.Array  # i32 [], gradient steps taken
    actor_average: Any  # of the actor over its last steps, where that is what is evaluated; else None

    def trained(self) -> dict[str, Any]:
        """Parameters that gradients move."""
        return {
            "actor": self.actor,
            "critic": self.critic,
            "temperature": {"log_temperature": self.log_temperature},
        }

    def targets(self) -> dict[str, Any]:
        """Parameters that follow others."""
        followers = {"target_critic": self.target_critic, "actor_average": self.actor_average}
        return {name: params for name, params in followers.items() if params is not None}


State = TypeVar("State", bound=SacState)


class Keys(NamedTuple):
    """Every draw of one gradient step."""

    crop: jax.Array
    jitter: jax.Array
    next_crop: jax.Array
    next_jitter: jax.Array
    critic: jax.Array
    actor: jax.Array


class Sac(NamedTuple):
    """The parts of a gradient step that do not change: networks and settings."""

    networks: Networks
    settings: SacSettings
    target_entropy: float
    cameras: tuple[str, ...]  # in the order of the channels

    @classmethod
    def of(cls, preset: Preset, shapes: LearnerShapes) -> "Sac":
        wanted = preset.sac.target_entropy
        target_entropy = -shapes.noise_size / 2 if wanted is None else wanted
        return cls(make_networks(preset, shapes), preset.sac, target_entropy, shapes.camera_names)


def init_state(preset: Preset, shapes: LearnerShapes, seed: int) -> SacState:
    """Fresh parameters and optimisers; the target critic is a copy, as no buffer may be donated twice."""
    networks, sac = make_networks(preset, shapes), preset.sac
    wanted = parameter_shapes(networks, shapes)
    actor, critic = (initialise(wanted[name], seed, name) for name in ("actor", "critic"))
    log_temperature = jax.device_put(np.float32(np.log(sac.init_temperature)))
    return SacState(
        actor=actor,
        critic=critic,
        target_critic=copy(critic),
        log_temperature=log_temperature,
        actor_optimiser=init_adam(sac.actor_lr, actor),
        critic_optimiser=init_adam(sac.critic_lr, critic),
        temperature_optimiser=init_adam(sac.temperature_lr, log_temperature),
        step=jax.device_put(np.int32(0)),
        actor_average=copy(actor) if sac.actor_average else None,
    )


def keyed_step(sac: Sac, state: SacState, batch: Batch, key: jax.Array) -> tuple[SacState, Metrics]:
    """The gradient step whose draws follow from `key` and the number of the step."""
    return gradient_step(sac, state, batch, split_keys(jax.random.fold_in(key, state.step)))


def split_keys(key: jax.Array) -> Keys:
    """The keys of one gradient step, drawn in the reference's order so that its numbers can be compared."""
    key, crop = jax.random.split(key)
    key, jitter = jax.random.split(key)
    _, key = jax.random.split(key)
    key, next_crop = jax.random.split(key)
    key, next_jitter = jax.random.split(key)
    critic, key = jax.random.split(key)
    actor, key = jax.random.split(key)
    return Keys(crop, jitter, next_crop, next_jitter, critic, jax.random.split(actor)[1])


def gradient_step(sac: Sac, state: SacState, batch: Batch, keys: Keys) -> tuple[SacState, Metrics]:
    """Augment; critic; target; actor against the new critic with the old temperature; temperature. In this order."""
    inputs = augment(sac.settings, inputs_of(batch.view), keys.crop, keys.jitter, sac.cameras)
    next_inputs = augment(sac.settings, inputs_of(batch.next_view), keys.next_crop, keys.next_jitter, sac.cameras)
    state, critic_metrics = update_critic(sac, state, batch, inputs, next_inputs, keys.critic)
    state, actor_metrics = update_actor(sac, state, inputs, keys.actor)
    state, temperature_metrics = update_temperature(sac, state, actor_metrics["entropy"])
    return state.replace(step=state.step + 1), critic_metrics | actor_metrics | temperature_metrics


def augment(
    settings: SacSettings, inputs: Inputs, crop: jax.Array, jitter: jax.Array, cameras: tuple[str, ...] = ()
) -> Inputs:
    """Change the pixels, where there are any, as the settings say; the state stays. See `augment_pixels`."""
    if not inputs.pixels.shape[-1]:
        return inputs
    return Inputs(augment_pixels(settings, inputs.pixels, crop, jitter, cameras), inputs.state)


def dropout_key(key: jax.Array, use: str) -> jax.Array:
    """A key for the critics' dropout, made from that of the noise without moving the noise's own draw."""
    return jax.random.fold_in(key, np.uint32(word(f"dropout {use}")))


def reduce_values(values: jax.Array, reduction: str) -> jax.Array:
    """f32 [num_qs, b] to f32 [b]: "min" or "mean" over the ensemble."""
    return jnp.min(values, axis=0) if reduction == "min" else jnp.mean(values, axis=0)


def critic_target(reward_t: jax.Array, discount_t: jax.Array, q_tp1: jax.Array, reduction: str) -> jax.Array:
    """Bootstrap target of the noise critic; no entropy term, as the reference.

    Args:
        reward_t: f32 [b], of the decision.
        discount_t: f32 [b], gamma**n_executed, 0 where the episode terminated.
        q_tp1: f32 [num_qs, b], target critics at the next decision.
        reduction: "min" or "mean" over the ensemble.
    Returns:
        f32 [b]; gradients stopped.
    """
    return jax.lax.stop_gradient(reward_t + discount_t * reduce_values(q_tp1, reduction))


def update_critic(
    sac: Sac, state: SacState, batch: Batch, inputs: Inputs, next_inputs: Inputs, key: jax.Array
) -> tuple[SacState, Metrics]:
    """Move the critics towards their target, then the target critics towards the critics."""
    gradient, metrics = critic_gradient(sac, state, batch, inputs, next_inputs, key)
    return move_critic(sac, state, gradient), metrics | {"critic_grad_norm": optax.tree.norm(gradient)}


def critic_gradient(
    sac: Sac, state: SacState, batch: Batch, inputs: Inputs, next_inputs: Inputs, key: jax.Array
) -> tuple[Any, Metrics]:
    """Of the critics' squared distance to their target, averaged over heads and batch."""
    settings, networks = sac.settings, sac.networks
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


def move_critic(sac: Sac, state: SacState, gradient: Any) -> SacState:
    """One Adam step of the critics, and the target critics a step behind them."""
    critic, optimiser = adam(sac.settings.critic_lr, gradient, state.critic_optimiser, state.critic)
    target_critic = optax.incremental_update(critic, state.target_critic, sac.settings.tau)
    moved: SacState = state.replace(critic=critic, target_critic=target_critic, critic_optimiser=optimiser)
    return moved


def update_actor(sac: Sac, state: State, inputs: Inputs, key: jax.Array) -> tuple[State, Metrics]:
    """Move the actor towards noise that the critics value, with entropy at the present temperature."""
    gradient, metrics = actor_gradient(sac, state, inputs, key)
    return move_actor(sac, state, gradient), metrics | {"actor_grad_norm": optax.tree.norm(gradient)}


def actor_gradient(sac: Sac, state: SacState, inputs: Inputs, key: jax.Array) -> tuple[Any, Metrics]:
    """Of temperature * log density (relative to the prior's) - value, averaged over the batch."""
    settings, networks = sac.settings, sac.networks
    temperature = jnp.exp(state.log_temperature)

    def loss(params: Any) -> tuple[jax.Array, Metrics]:
        policy = networks.policy(params, inputs)
        noise, log_prob = policy.sample(key)
        log_prob = log_prob - prior_log_prob(settings, noise)
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


def prior_log_prob(settings: SacSettings, noise: jax.Array) -> jax.Array | float:
    """Log density f32 [b] that the entropy of noise f32 [b, k*d] is relative to; a uniform one is constant: 0.

    Under N(0, I) the actor pays for each component that it moves away from what the base policy was trained under, so
    that a component whose value the critics only guess stays there. Without it such components end at the corners of
    the range, where the noise as a whole is several times longer than any that the policy knows.
    """
    if settings.prior == "uniform":
        return 0.0
    return jnp.sum(jax.scipy.stats.norm.logpdf(noise), axis=-1)


def move_actor(sac: Sac, state: State, gradient: Any) -> State:
    """One Adam step of the actor, and its average a step behind it."""
    settings, average = sac.settings, state.actor_average
    actor, optimiser = adam(settings.actor_lr, gradient, state.actor_optimiser, state.actor)
    if average is not None:
        average = optax.incremental_update(actor, average, settings.actor_average)
    moved: State = state.replace(actor=actor, actor_optimiser=optimiser, actor_average=average)
    return moved


def update_temperature(sac: Sac, state: State, entropy: jax.Array) -> tuple[State, Metrics]:
    """Raise the temperature where the entropy is below its target, lower it where it is above."""

    def loss(log_temperature: jax.Array) -> jax.Array:
        return jnp.exp(log_temperature) * (entropy - sac.target_entropy)

    settings = sac.settings
    value, gradient = jax.value_and_grad(loss)(state.log_temperature)
    log_temperature, optimiser = adam(
        settings.temperature_lr, gradient, state.temperature_optimiser, state.log_temperature
    )
    if settings.min_temperature > 0:
        log_temperature = jnp.maximum(log_temperature, jnp.log(settings.min_temperature))
    metrics = {"temperature": jnp.exp(state.log_temperature), "temperature_loss": value}
    return state.replace(log_temperature=log_temperature, temperature_optimiser=optimiser), metrics


def init_adam(rate: float, params: Any) -> Any:
    """Adam's first state, which is zero throughout."""
    return zeros(jax.eval_shape(optax.adam(rate).init, params))


def adam(rate: float, gradient: Any, optimiser: Any, params: Any) -> tuple[Any, Any]:
    """`params` and `optimiser` after one step against `gradient`."""
    updates, optimiser = optax.adam(rate).update(gradient, optimiser, params)
    return optax.apply_updates(params, updates), optimiser
