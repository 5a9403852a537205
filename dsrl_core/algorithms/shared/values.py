"""Reduction of an ensemble's values, TD targets, and the prior that the entropy is relative to."""

import jax
import jax.numpy as jnp

from dsrl_core.algorithms.shared.parts import ActorCritic

AGREED = 1e-12  # added to the critics' variance: where it is 0, its root has no derivative


def reduce_values(values: jax.Array, reduction: str) -> jax.Array:
    """f32 [num_qs, b] to f32 [b]: "min", "mean", or "lower", a standard deviation below it, over the ensemble."""
    if reduction == "min":
        return jnp.min(values, axis=0)
    mean = jnp.mean(values, axis=0)
    return mean - jnp.sqrt(jnp.var(values, axis=0) + AGREED) if reduction == "lower" else mean


def critic_target(reward_t: jax.Array, discount_t: jax.Array, q_tp1: jax.Array, reduction: str) -> jax.Array:
    """Bootstrap target of the noise critic; no entropy term, as the reference.

    Args:
        reward_t: f32 [b], of the decision.
        discount_t: f32 [b], gamma**n_executed, 0 where the episode terminated.
        q_tp1: f32 [num_qs, b], target critics at the next decision.
        reduction: over the ensemble, as `reduce_values`.
    Returns:
        f32 [b]; gradients stopped.
    """
    return jax.lax.stop_gradient(reward_t + discount_t * reduce_values(q_tp1, reduction))


def prior_log_prob(parts: ActorCritic, noise: jax.Array) -> jax.Array | float:
    """Log density f32 [b] of noise f32 [b, k*d] under `sac.prior`, relative to which the entropy is measured.

    A uniform prior is a constant, 0 here. A normal one has the deviation `noise.prior_std`; with 1 it is N(0, I), the
    noise that the base policy was trained with. With it the actor pays for each component that it moves away from
    there, so that components of whose value the critics know little stay where they were. With a uniform prior such
    components end at the limits of the range, where the noise as a whole is several times longer than any that the base
    policy was trained with.
    """
    if parts.settings.prior == "uniform":
        return 0.0
    return jnp.sum(jax.scipy.stats.norm.logpdf(noise, scale=parts.prior_std), axis=-1)
