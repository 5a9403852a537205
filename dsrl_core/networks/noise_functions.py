"""Compiled functions for the noise of one decision and its value; steering and learner use the same ones."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from dsrl_core.config.preset import Preset
from dsrl_core.networks.actor_critic import inputs_of, make_networks
from dsrl_core.networks.batch import View
from dsrl_core.networks.compile import compiler_options
from dsrl_core.networks.shapes import LearnerShapes


class NoiseFunctions(NamedTuple):
    """The compiled functions, all at batch 1; noise is f32 [k, d]."""

    sample: Callable[[Any, View, jax.Array], jax.Array]
    mode: Callable[[Any, View], jax.Array]
    value: Callable[[Any, View, Any], jax.Array]  # mean over the critics, []
    normal: Callable[[jax.Array], jax.Array]
    normal_full: Callable[[jax.Array], jax.Array]  # [H, d]


@cache
def noise_functions(preset: Preset, shapes: LearnerShapes, horizon: int) -> NoiseFunctions:
    """The functions for these settings; cached, so that they are compiled once per process."""
    networks = make_networks(preset, shapes)

    def sample(params: Any, view: View, key: jax.Array) -> jax.Array:
        return networks.policy(params, inputs_of(view)).sample(key)[0].reshape(shapes.noise)

    def mode(params: Any, view: View) -> jax.Array:
        return networks.policy(params, inputs_of(view)).mode().reshape(shapes.noise)

    def value(params: Any, view: View, noise: jax.Array) -> jax.Array:
        return jnp.mean(networks.values(params, inputs_of(view), noise.reshape(1, -1)))

    def normal(key: jax.Array) -> jax.Array:
        return jax.random.normal(key, shapes.noise)

    def normal_full(key: jax.Array) -> jax.Array:
        return jax.random.normal(key, (horizon, shapes.noise_dim))

    made = (jax.jit(f, compiler_options=compiler_options()) for f in (sample, mode, value, normal, normal_full))
    return NoiseFunctions(*made)
