"""Every number of a golden file as this learner computes it, from the file's parameters, batch and keys."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from golden_file import Golden, flat

from dsrl_core.algorithms.sac.update import gradient_step, update_critic
from dsrl_core.algorithms.shared.actor import update_actor, update_temperature
from dsrl_core.algorithms.shared.keys import Keys
from dsrl_core.algorithms.shared.parts import ActorCritic, augment
from dsrl_core.algorithms.shared.state import ActorCriticState
from dsrl_core.algorithms.shared.values import critic_target, reduce_values
from dsrl_core.augmentations.color_jitter import color_jitter
from dsrl_core.augmentations.random_crop import random_crop
from dsrl_core.networks.actor_critic import inputs_of
from dsrl_core.networks.batch import Batch

ADAM_B1 = 0.9
Numbers = dict[str, np.ndarray]


def once(*static: str) -> Any:
    """A function that is compiled quickly rather than well, as it runs once; `static` names arguments beside `sac`."""
    options = {"xla_backend_optimization_level": 0}
    return partial(jax.jit, static_argnames=("sac", *static), compiler_options=options)


def reproduce(golden: Golden) -> Numbers:
    """All entries whose inputs the file has, by the file's names."""
    sac, state, batch = golden.sac(), golden.state(), golden.batch()
    numbers: dict[str, Any] = dict(_forward(sac, state, batch))
    if "in/critic_key" in golden:
        numbers |= _critic(sac, state, batch, golden.key("in/critic_key"), golden.td_reduction())
    if {"in/critic_key", "in/actor_key"} <= golden.arrays.keys():
        keys = golden.key("in/critic_key"), golden.key("in/actor_key")
        numbers |= _actor(sac, state, batch, *keys)
    if "aug/key" in golden:
        numbers |= _augmentations(sac, batch, golden.key("aug/key"))
    if "full/rng_in" in golden:
        keys, left = golden.full_keys()
        numbers |= _full(sac, state, batch, keys) | {"full/rng_out": jax.random.key_data(left)}
    return _named(numbers)


@once()
def _forward(sac: ActorCritic, state: ActorCriticState, batch: Batch) -> dict[str, Any]:
    inputs, noise = inputs_of(batch.view), _flat_noise(batch)
    policy = sac.networks.policy(state.actor, inputs)
    return {
        "out/actor_mean": policy.mean,
        "out/actor_log_std": policy.log_std,
        "out/actor_mode": policy.mode(),
        "out/log_prob_batch_actions": policy.log_prob(noise),
        "out/q_batch": sac.networks.values(state.critic, inputs, noise),
    }


@once("td_reduction")
def _critic(
    sac: ActorCritic, state: ActorCriticState, batch: Batch, key: jax.Array, td_reduction: str
) -> dict[str, Any]:
    inputs, next_inputs = inputs_of(batch.view), inputs_of(batch.next_view)
    policy = sac.networks.policy(state.actor, next_inputs)
    next_noise, next_log_probs = policy.sample(key)
    next_qs = sac.networks.values(state.target_critic, next_inputs, next_noise)
    after, metrics = update_critic(sac, state, batch, inputs, next_inputs, key)
    gradient = _gradient(after.critic_optimiser)
    return {
        "in/critic_eps": jax.random.normal(key, next_noise.shape),
        "out/next_actions": next_noise,
        "out/next_log_probs": next_log_probs,
        "out/next_qs": next_qs,
        "out/td_target": critic_target(batch.reward, batch.discount, next_qs, td_reduction),
        "out/td_target_min_reduction": critic_target(batch.reward, batch.discount, next_qs, "min"),
        "out/critic_loss": metrics["critic_loss"],
        "out/critic_grad_norm": optax.tree.norm(gradient),
        "grad/critic": gradient,
        "after/critic": after.critic,
        "after/target_critic": after.target_critic,
    }


@once()
def _actor(
    sac: ActorCritic, state: ActorCriticState, batch: Batch, critic_key: jax.Array, actor_key: jax.Array
) -> dict[str, Any]:
    inputs, next_inputs = inputs_of(batch.view), inputs_of(batch.next_view)
    key = jax.random.split(actor_key)[1]
    noise, log_probs = sac.networks.policy(state.actor, inputs).sample(key)
    updated, _ = update_critic(sac, state, batch, inputs, next_inputs, critic_key)
    after, metrics = update_actor(sac, updated, inputs, key)
    _, old_metrics = update_actor(sac, state, inputs, key)
    warmer, temperature_metrics = update_temperature(sac, after, metrics["entropy"])
    gradient = _gradient(after.actor_optimiser)
    return {
        "in/actor_eps": jax.random.normal(key, noise.shape),
        "out/actor_actions": noise,
        "out/actor_log_probs": log_probs,
        "out/actor_loss": metrics["actor_loss"],
        "out/actor_loss_old_critic": old_metrics["actor_loss"],
        "out/actor_grad_norm": optax.tree.norm(gradient),
        "grad/actor": gradient,
        "after/actor": after.actor,
        "out/entropy": metrics["entropy"],
        "out/target_entropy": sac.target_entropy,
        "out/temperature": temperature_metrics["temperature"],
        "out/temperature_loss": temperature_metrics["temperature_loss"],
        "after/temp": {"log_temp": warmer.log_temperature},
    }


@once()
def _augmentations(sac: ActorCritic, batch: Batch, key: jax.Array) -> dict[str, Any]:
    crop = random_crop(key, inputs_of(batch.view).pixels, sac.settings.crop_padding)
    return {"aug/crop": crop[..., None], "aug/jitter": color_jitter(key, crop)[..., None]}


@once()
def _full(sac: ActorCritic, state: ActorCriticState, batch: Batch, keys: Keys) -> dict[str, Any]:
    after, metrics = gradient_step(sac, state, batch, keys)
    parts = {name: getattr(after, name) for name in ("actor", "critic", "target_critic")}
    return {
        **{f"full/{name}": part for name, part in parts.items()},
        "full/temp": {"log_temp": after.log_temperature},
        "full/info": _info(sac, state, batch, keys)
        | {name: metrics[name] for name in ("actor_loss", "critic_loss", "entropy", "temperature", "temperature_loss")},
    }


def _info(sac: ActorCritic, state: ActorCriticState, batch: Batch, keys: Keys) -> dict[str, Any]:
    """What the reference reports of one update beside the losses."""
    inputs = augment(sac.settings, inputs_of(batch.view), keys.crop, keys.jitter)
    next_inputs = augment(sac.settings, inputs_of(batch.next_view), keys.next_crop, keys.next_jitter)
    next_noise, next_log_probs = sac.networks.policy(state.actor, next_inputs).sample(keys.critic)
    next_qs = sac.networks.values(state.target_critic, next_inputs, next_noise)
    reduction = sac.settings.critic_reduction
    updated, _ = update_critic(sac, state, batch, inputs, next_inputs, keys.critic)
    policy = sac.networks.policy(state.actor, inputs)
    noise, _ = policy.sample(keys.actor)
    qs = sac.networks.values(updated.critic, inputs, noise)
    return {
        **_spread("mean_pi", policy.mean),
        **_spread("std_pi", jnp.exp(policy.log_std)),
        "q_pi_in_actor": reduce_values(qs, reduction).mean(),
        "q": sac.networks.values(state.critic, inputs, _flat_noise(batch)).mean(),
        "next_q_pi": next_qs.mean(),
        "target_q": critic_target(batch.reward, batch.discount, next_qs, reduction).mean(),
        "next_log_probs": next_log_probs.mean(),
        "target_actor_entropy": -next_log_probs.mean(),
        "next_actions_sampled": next_noise.mean(),
        "next_actions_mean": next_noise.mean(),
        "next_actions_std": next_noise.std(),
        "next_actions_min": next_noise.min(),
        "next_actions_max": next_noise.max(),
    }


def _spread(name: str, values: jax.Array) -> dict[str, jax.Array]:
    norm = jnp.linalg.norm(values, axis=-1).mean()
    return {
        f"{name}_norm": norm,
        f"{name}_avg": values.mean(),
        f"{name}_max": values.max(),
        f"{name}_min": values.min(),
    }


def _gradient(optimiser: Any) -> Any:
    """The gradient that a fresh Adam was given, from its first moment."""
    return jax.tree.map(lambda moment: moment / (1 - ADAM_B1), optimiser[0].mu)


def _flat_noise(batch: Batch) -> jax.Array:
    return jnp.asarray(batch.noise).reshape(len(batch.noise), -1)


def _named(numbers: dict[str, Any]) -> Numbers:
    named: Numbers = {}
    for name, value in numbers.items():
        named |= flat(value, name) if isinstance(value, dict) else {name: np.asarray(value)}
    return named
