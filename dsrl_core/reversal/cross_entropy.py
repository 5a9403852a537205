"""Reversal by forward decodes alone, for any policy, behind a server too: draw noises, keep the best, draw nearer.

The best noise is then polished by damped least squares, with slopes from decodes nearby: drawing alone stays some
thousandths of a radian away from chunks that the policy can do.
"""

from typing import NamedTuple

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import PolicyError
from dsrl_core.policy.base import Policy, infer_many, spread
from dsrl_core.reversal.base import Reversal, checked
from dsrl_core.types import F32, F64, Observation

ROUNDS, DRAWS, ELITES = 4, 64, 8
LEAST_SPREAD = 0.3  # of the draws: less finds no way out of a bad first round
POLISHES, NEARBY = 3, 0.05  # steps, and how far the slopes look
DIRECTIONS = 64  # at most, for the slopes: of more values of noise, as many random directions are looked along
DAMPINGS = 10.0 ** np.arange(-4, 4)  # all tried at once


class Found(NamedTuple):
    """The best noise so far."""

    noise: F32  # [k, d]
    chunk: F32  # [H, a]


class CrossEntropy:
    """Reverses chunks of a policy that can only be asked."""

    def __init__(self, config: RunConfig, policy: Policy, scale: F32, pull: float) -> None:
        """`scale` f32[a]: what the error of each action value is divided by; `pull`: see `make_reverser`."""
        self._pull = pull
        self._platform, self._policy, self._scale = config.platform, policy, scale
        self._shape = (config.preset.noise.vectors, config.platform.policy.noise_dim)
        self._bound = config.preset.noise.magnitude

    def reverse(self, observation: Observation, actions: F32) -> Reversal:
        """See `Reverser.reverse`. Equal arguments give equal noise."""
        actions = checked(actions, self._platform.policy.horizon, self._platform.action.size)
        random = np.random.default_rng(0)
        found = self._drawn(observation, actions, random)
        for _ in range(POLISHES):
            found = self._stepped(observation, actions, found, random)
        left = np.mean(self._errors(actions, found.chunk[None]) ** 2)
        return Reversal(found.noise, found.chunk[: len(actions)], float(np.sqrt(left)))

    def _drawn(self, observation: Observation, actions: F32, random: np.random.Generator) -> Found:
        """The best of some rounds of draws."""
        mean, deviation = np.zeros(self._shape), np.ones(self._shape)
        best = list[tuple[float, Found]]()
        for _ in range(ROUNDS):
            draws = mean + deviation * random.standard_normal((DRAWS, *self._shape))
            draws[0] = mean  # of good noises, which may be none itself
            noises = self._within(draws)
            chunks = self._chunks(observation, noises)
            costs = self._costs(actions, noises, chunks)
            order = np.argsort(costs, kind="stable")
            best.append((float(costs[order[0]]), Found(noises[order[0]], chunks[order[0]])))
            elites = noises[order[:ELITES]]
            mean, deviation = elites.mean(0), np.maximum(elites.std(0), LEAST_SPREAD)
        return min(best, key=lambda pair: pair[0])[1]

    def _stepped(self, observation: Observation, actions: F32, found: Found, random: np.random.Generator) -> Found:
        """The best of `found` and the noises that damped least squares leads to."""
        along = directions(found.noise.size, random)
        nearby = found.noise + NEARBY * along.reshape(-1, *self._shape)
        error = self._errors(actions, found.chunk[None])[0]
        moved = self._errors(actions, self._chunks(observation, nearby.astype(np.float32)))
        slopes, pull = (moved - error).T / NEARBY, self._pull * error.size
        steps = least_squares_steps(slopes, error, along @ found.noise.reshape(-1), pull) @ along
        noises = self._within(found.noise + steps.reshape(-1, *self._shape))
        chunks = self._chunks(observation, noises)
        noises, chunks = (np.concatenate([[own], more]) for own, more in zip(found, (noises, chunks), strict=True))
        best = int(np.argmin(self._costs(actions, noises, chunks)))
        return Found(noises[best], chunks[best])

    def _within(self, noises: F64) -> F32:
        return np.clip(noises, -self._bound, self._bound).astype(np.float32)

    def _chunks(self, observation: Observation, noises: F32) -> F32:
        """The policy's chunks of noises [m, k, d], f32[m, H, a]."""
        horizon, size = self._platform.policy.horizon, self._platform.action.size
        chunks = infer_many(self._policy, observation, np.stack([spread(noise, horizon) for noise in noises]))
        if chunks.shape != (len(noises), horizon, size) or not np.isfinite(chunks).all():
            raise PolicyError(f"reversal: the policy answered chunks of shape {chunks.shape}, or not finite ones")
        return chunks

    def _errors(self, actions: F32, chunks: F32) -> F64:
        """f64[m, n a], each action value by its scale."""
        errors: F64 = ((chunks[:, : len(actions)] - actions) / self._scale).reshape(len(chunks), -1).astype(np.float64)
        return errors

    def _costs(self, actions: F32, noises: F32, chunks: F32) -> F64:
        """Squared errors and the pull towards noise 0, f64[m]."""
        costs: F64 = np.sum(self._errors(actions, chunks) ** 2, axis=1)
        away = noises.reshape(len(noises), -1).astype(np.float64)
        return costs + self._pull * actions.size * np.sum(away**2, axis=1)


def directions(size: int, random: np.random.Generator) -> F64:
    """Orthonormal directions f64[r, size] for slopes: the axes, or of more than DIRECTIONS a random choice."""
    if size <= DIRECTIONS:
        return np.eye(size)
    basis: F64 = np.linalg.qr(random.standard_normal((size, DIRECTIONS)))[0].T
    return basis


def least_squares_steps(slopes: F64, error: F64, noise: F64, pull: float) -> F64:
    """For each of DAMPINGS the step f64[r] that reduces errors f64[e] with slopes f64[e, r], and the noise f64[r]."""
    curvature, descent = slopes.T @ slopes + pull * np.eye(len(noise)), -slopes.T @ error - pull * noise
    return np.stack([np.linalg.solve(curvature + damping * np.eye(len(descent)), descent) for damping in DAMPINGS])
