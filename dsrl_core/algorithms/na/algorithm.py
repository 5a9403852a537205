"""DSRL-NA as an `Algorithm`."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jax

from dsrl_core.algorithms.base import Metrics
from dsrl_core.algorithms.na.base_policy import BasePolicy
from dsrl_core.algorithms.na.update import NaState, NoiseAliasing, init_na_state, keyed_na_step
from dsrl_core.algorithms.shared.clone import clone_step
from dsrl_core.algorithms.shared.parts import ActorCritic
from dsrl_core.config.preset import Preset
from dsrl_core.networks.batch import Batch, Clone
from dsrl_core.networks.shapes import LearnerShapes


@dataclass(frozen=True, slots=True)
class NaAlgorithm:
    """DSRL-NA with the networks of a preset and a base policy."""

    preset: Preset
    shapes: LearnerShapes
    na: NoiseAliasing

    @property
    def extras(self) -> BasePolicy:
        return self.na.base

    def init(self, seed: int) -> NaState:
        return init_na_state(self.preset, self.shapes, self.na.base, seed)

    def step(self, state: Any, batch: Batch, key: jax.Array) -> tuple[NaState, Metrics]:
        return keyed_na_step(self.na, state, batch, key)

    def clone(self, state: Any, clone: Clone, key: jax.Array) -> tuple[NaState, Metrics]:
        return clone_step(self.na.parts, state, clone, key)


@cache
def make_na(preset: Preset, shapes: LearnerShapes, base: BasePolicy) -> NaAlgorithm:
    """The algorithm for these settings; cached, so that learners with equal settings share compiled functions."""
    return NaAlgorithm(preset, shapes, NoiseAliasing(ActorCritic.of(preset, shapes), base))
