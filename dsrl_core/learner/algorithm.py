"""What the learner trains with: the functions of `sac.algorithm`, and their compiled step."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import jax

from dsrl_core.config.preset import Preset
from dsrl_core.learner.base_policy import BasePolicy
from dsrl_core.learner.batch import Batch
from dsrl_core.learner.compile import compiler_options
from dsrl_core.learner.noise_aliasing import NoiseAliasing, init_na_state, keyed_na_step
from dsrl_core.learner.placement import ONE_DEVICE, Placement
from dsrl_core.learner.sac import Metrics, Sac, SacState, init_state, keyed_step
from dsrl_core.learner.shapes import LearnerShapes

Step = Callable[[Any, Batch, jax.Array], tuple[Any, Metrics]]


class Algorithm(NamedTuple):
    """Pure functions over a state, which is a `SacState` or more."""

    init: Callable[[int], SacState]  # of a seed
    step: Step  # step(state, batch, key), one gradient step


@cache
def make_algorithm(preset: Preset, shapes: LearnerShapes, base: BasePolicy | None = None) -> Algorithm:
    """DSRL-NA with the policy that it decodes with, else DSRL-SAC."""
    sac = Sac.of(preset, shapes)
    if base is None:
        return Algorithm(partial(init_state, preset, shapes), partial(keyed_step, sac))
    na = NoiseAliasing(sac, base)
    return Algorithm(partial(init_na_state, preset, shapes, base), partial(keyed_na_step, na))


@cache
def make_update(algorithm: Algorithm, donate: bool = True, placement: Placement = ONE_DEVICE) -> Step:
    """The jitted gradient step `update(state, batch, key)`.

    `key` is the learner's own and the same at every step: the number of the step is folded in, so that a draw depends
    on nothing else. With `donate` the old state's buffers are reused and must not be read again.
    Learners of equal settings share one compilation.
    """

    def update(state: Any, batch: Batch, key: jax.Array) -> tuple[Any, Metrics]:
        return algorithm.step(state, batch, key)

    donated = (0,) if donate else ()
    return jax.jit(
        update, donate_argnums=donated, compiler_options=compiler_options(), out_shardings=placement.replicated
    )
