"""Named random streams for jax: the keys of decisions and of the learner."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dsrl_core.random.streams import ANY_ROBOT, name_hash

Key = jax.Array  # a typed key, jax.random.key


def decision_key(seed: int, stream: str, group_purpose: str, index: int, decision: int) -> Key:
    """The key of the noise of one decision.

    Args:
        seed: of the run, 0 to 2**31 - 1.
        stream: "train", "eval", "select" or "fresh", so that evaluation never shares a stream with training.
        group_purpose: what the episode is for: its purpose, or any finer name.
        index: of the episode in its group, over all robots.
        decision: number in the episode, from 0.
    """
    parts = [name_hash(stream), name_hash(ANY_ROBOT), name_hash(group_purpose), index, decision]
    key: Key = _folded()(seed, np.asarray(parts, np.uint32))
    return key


def learner_key(seed: int) -> Key:
    """The key into which the learner folds the number of each gradient step."""
    key: Key = _folded()(seed, np.asarray([name_hash("learner")], np.uint32))
    return key


@cache
def _folded() -> Any:
    """A jitted function that folds several numbers into a key in one dispatch; compiled once per how many there are."""

    def folded(seed: jax.Array, parts: jax.Array) -> Key:
        key = jax.random.key(seed)
        for i in range(parts.shape[0]):
            key = jax.random.fold_in(key, parts[i])
        return key

    return jax.jit(lambda seed, parts: folded(jnp.asarray(seed, jnp.uint32), parts))
