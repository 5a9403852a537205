"""Compiles an algorithm's gradient step."""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax

from dsrl_core.algorithms.base import Algorithm, Metrics
from dsrl_core.learner.devices.placement import ONE_DEVICE, Placement
from dsrl_core.networks.batch import Batch, Clone
from dsrl_core.networks.compile import compiler_options

Step = Callable[[Any, Batch, jax.Array], tuple[Any, Metrics]]


@cache
def make_clone(algorithm: Algorithm, placement: Placement = ONE_DEVICE) -> Any:
    """The jitted `clone(state, clone, key)`, a gradient step of cloning alone; as `make_update`."""

    def clone(state: Any, clone: Clone, key: jax.Array) -> tuple[Any, Any]:
        return algorithm.clone(state, clone, key)

    return jax.jit(clone, donate_argnums=(0,), compiler_options=compiler_options(), out_shardings=placement.replicated)


@cache
def make_update(algorithm: Algorithm, donate: bool = True, placement: Placement = ONE_DEVICE) -> Step:
    """The jitted gradient step `update(state, batch, key)`.

    `key` is the learner's key, the same at every step; the algorithm folds in the number of the gradient step, so that
    a draw depends on the run's seed and that number alone. With `donate` the old state's buffers are reused and must
    not be read again. Learners with equal settings share one compilation.
    """

    def update(state: Any, batch: Batch, key: jax.Array) -> tuple[Any, Any]:
        return algorithm.step(state, batch, key)

    donated = (0,) if donate else ()
    return jax.jit(
        update, donate_argnums=donated, compiler_options=compiler_options(), out_shardings=placement.replicated
    )
