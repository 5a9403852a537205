"""A policy made to follow an expert: at each decision, the noise that comes nearest to what the expert would do."""

from collections.abc import Callable

import numpy as np

from dsrl_core.policy.base import Policy, features_of, is_ready, spread
from dsrl_core.reversal.base import Reverser
from dsrl_core.types import F32, Observation, PolicySpec


class Following:
    """A `Policy` that is given noise by a reverser, and takes none."""

    def __init__(self, policy: Policy, reverser: Reverser, wanted: Callable[[], F32]) -> None:
        """`wanted` gives the actions f32[n, a] that the expert would take now."""
        self._policy, self._reverser, self._wanted = policy, reverser, wanted
        self.residuals: list[float] = []  # of all decisions so far

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    @property
    def ready(self) -> bool:
        """The policy's own."""
        return is_ready(self._policy)

    def infer(self, observation: Observation, noise: F32) -> F32:
        """The chunk of the expert's noise; `noise` is passed over. Raises as `Policy.infer` and `Reverser.reverse`."""
        found = self._reverser.reverse(observation, self._wanted())
        self.residuals.append(found.residual)
        return self._policy.infer(observation, spread(found.noise, self.spec.action_shape[0]))

    def features(self, observation: Observation) -> F32:
        """The policy's own."""
        return features_of(self._policy, observation)

    def close(self) -> None:
        self._policy.close()


def round_trip(policy: Policy, reverser: Reverser, observation: Observation, noise: F32) -> float:
    """The greatest difference between the policy's chunk of `noise` f32[k, d] and that of the noise found for it.

    In units of the actions.
    """
    horizon = policy.spec.action_shape[0]
    chunk = policy.infer(observation, spread(noise, horizon))
    found = reverser.reverse(observation, chunk)
    return float(np.abs(found.actions - chunk).max())
