"""Reversal by forward decodes alone, for any policy, behind a server too: draw noises, keep the best, draw nearer."""

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import PolicyError
from dsrl_core.policy.base import Policy, infer_many, spread
from dsrl_core.reversal.base import Reversal, checked
from dsrl_core.types import F32, Observation

ROUNDS, DRAWS, ELITES = 4, 64, 8
LEAST_SPREAD = 0.3  # of the draws: less finds no way out of a bad first round


class CrossEntropy:
    """Reverses chunks of a policy that can only be asked."""

    def __init__(self, config: RunConfig, policy: Policy, scale: F32) -> None:
        """`scale` f32[a]: what the error of each action value is divided by."""
        self._platform, self._policy, self._scale = config.platform, policy, scale
        self._shape = (config.preset.noise.vectors, config.platform.policy.noise_dim)
        self._bound = config.preset.noise.magnitude

    def reverse(self, observation: Observation, actions: F32) -> Reversal:
        """See `Reverser.reverse`. Equal arguments give equal noise."""
        actions = checked(actions, self._platform.policy.horizon, self._platform.action.size)
        random = np.random.default_rng(0)
        mean, deviation = np.zeros(self._shape), np.ones(self._shape)
        for _ in range(ROUNDS):
            draws = mean + deviation * random.standard_normal((DRAWS, *self._shape))
            noises = np.clip(draws, -self._bound, self._bound).astype(np.float32)
            costs = self._costs(actions, self._chunks(observation, noises))
            elites = noises[np.argsort(costs, kind="stable")[:ELITES]]
            mean, deviation = elites.mean(0), np.maximum(elites.std(0), LEAST_SPREAD)
        candidates = np.stack([mean.astype(np.float32), elites[0]])  # the mean of good noises may be none itself
        chunks = self._chunks(observation, candidates)
        costs = self._costs(actions, chunks)
        best = int(np.argmin(costs))
        return Reversal(candidates[best], chunks[best][: len(actions)], float(np.sqrt(costs[best])))

    def _chunks(self, observation: Observation, noises: F32) -> F32:
        """The policy's chunks of noises [m, k, d], f32[m, H, a]."""
        horizon, size = self._platform.policy.horizon, self._platform.action.size
        chunks = infer_many(self._policy, observation, np.stack([spread(noise, horizon) for noise in noises]))
        if chunks.shape != (len(noises), horizon, size) or not np.isfinite(chunks).all():
            raise PolicyError(f"reversal: the policy answered chunks of shape {chunks.shape}, or not finite ones")
        return chunks

    def _costs(self, actions: F32, chunks: F32) -> F32:
        """Mean squared errors f32[m], each action value by its scale."""
        errors = (chunks[:, : len(actions)] - actions) / self._scale
        costs: F32 = np.mean(errors**2, axis=(1, 2))
        return costs
