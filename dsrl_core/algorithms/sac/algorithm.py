"""DSRL-SAC as an `Algorithm`."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jax

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.sac.update import keyed_step
from dsrl_core.algorithms.shared.clone import clone_step
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.algorithms.shared.state import ActorCriticState, init_state
from dsrl_core.config.preset import Preset
from dsrl_core.networks.batch import Batch, Clone
from dsrl_core.networks.shapes import LearnerShapes


@dataclass(frozen=True, slots=True)
class SacAlgorithm:
    """DSRL-SAC with the networks of a preset."""

    preset: Preset
    shapes: LearnerShapes
    parts: ActorCritic
    extras: None = None

    def init(self, seed: int) -> ActorCriticState:
        return init_state(self.preset, self.shapes, seed)

    def step(self, state: Any, batch: Batch, key: jax.Array) -> tuple[ActorCriticState, Metrics]:
        return keyed_step(self.parts, state, batch, key)

    def clone(self, state: Any, clone: Clone, key: jax.Array) -> tuple[ActorCriticState, Metrics]:
        return clone_step(self.parts, state, clone, key)


@cache
def make_sac(preset: Preset, shapes: LearnerShapes) -> SacAlgorithm:
    """The algorithm for these settings; cached, so that learners with equal settings share compiled functions."""
    return SacAlgorithm(preset, shapes, ActorCritic.of(preset, shapes))
