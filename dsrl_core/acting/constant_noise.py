"""Constant noise vectors: kept for whole episodes, to see what noise can do with a base policy."""

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.random.streams import name_hash
from dsrl_core.schedule.trials import STREAM, trial_of
from dsrl_core.types import F32


def constant_vectors(config: RunConfig, count: int) -> F32:
    """Noises from N(0, I), clipped to the actor's range, f32[count, k, d].

    They follow from the run's seed; a larger count only adds noises at the end.
    """
    bound = config.preset.noise.magnitude
    vectors: F32 = np.clip(normals(config, "vectors", count), -bound, bound)
    return vectors


def constant_of(config: RunConfig, group: str) -> F32 | None:
    """The noise f32[k, d] that every decision of a group has; None for a group that has no vector of its own."""
    trial = trial_of(group)
    if trial is None or trial.vector is None:
        return None
    vector: F32 = constant_vectors(config, trial.vector + 1)[trial.vector]
    return vector


def normals(config: RunConfig, what: str, count: int) -> F32:
    """Draws from N(0, I), f32[count, k, d], for a purpose; a larger count only adds draws at the end."""
    rng = np.random.default_rng([config.seed, name_hash(STREAM), name_hash(what)])
    return rng.standard_normal((count, config.preset.noise.vectors, config.platform.policy.noise_dim), np.float32)
