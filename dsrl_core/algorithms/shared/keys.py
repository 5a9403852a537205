"""Random keys of a gradient step, one for each use."""

from typing import NamedTuple

import jax
import numpy as np

from dsrl_core.random.streams import name_hash


class Keys(NamedTuple):
    """The random keys of one gradient step."""

    crop: jax.Array
    jitter: jax.Array
    next_crop: jax.Array
    next_jitter: jax.Array
    critic: jax.Array
    actor: jax.Array


def split_keys(key: jax.Array) -> Keys:
    """Split a key in the reference's order, so that its numbers can be compared."""
    key, crop = jax.random.split(key)
    key, jitter = jax.random.split(key)
    _, key = jax.random.split(key)
    key, next_crop = jax.random.split(key)
    key, next_jitter = jax.random.split(key)
    critic, key = jax.random.split(key)
    actor, key = jax.random.split(key)
    return Keys(crop, jitter, next_crop, next_jitter, critic, jax.random.split(actor)[1])


def dropout_key(key: jax.Array, use: str) -> jax.Array:
    """A key for the critics' dropout, derived from `key` so that other draws with `key` do not change."""
    return jax.random.fold_in(key, np.uint32(name_hash(f"dropout {use}")))
