"""The jax side of `keys`: keys of decisions and of the learner."""

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
        stream: "train", "eval", "select", "fresh": evaluation never shares a stream with training.
        group_purpose: series of the schedule, or any finer name for what the episode is for.
        index: of the episode within its group, over all robots.
        decision: of the episode, from 0.
    """
    words = [name_hash(stream), name_hash(ANY_ROBOT), name_hash(group_purpose), index, decision]
    key: Key = _folded()(seed, np.asarray(words, np.uint32))
    return key


def learner_key(seed: int) -> Key:
    """The key into which the learner folds the number of each gradient step."""
    key: Key = _folded()(seed, np.asarray([name_hash("learner")], np.uint32))
    return key


@cache
def _folded() -> Any:
    """One dispatch for the whole chain; compiled once per process and length of chain."""

    def folded(seed: jax.Array, words: jax.Array) -> Key:
        key = jax.random.key(seed)
        for i in range(words.shape[0]):
            key = jax.random.fold_in(key, words[i])
        return key

    return jax.jit(lambda seed, words: folded(jnp.asarray(seed, jnp.uint32), words))
