"""A policy without a network: zero actions, whatever the noise; for benchmarks and tests."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, Observation, PolicySpec


class NullPolicy:
    """Answers the action nearest to zero within the contract's limits; holds still where joints rest at zero."""

    def __init__(self, platform: Platform) -> None:
        low, high = platform.action.bounds()
        horizon = platform.policy.horizon
        self._chunk = np.tile(np.clip(np.zeros_like(low), low, high), (horizon, 1))
        self._spec = PolicySpec((horizon, platform.policy.noise_dim), (horizon, platform.action.size))

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        if noise.shape != self._spec.noise_shape or noise.dtype != np.float32 or not np.isfinite(noise).all():
            raise InvalidRequest(f"noise must be finite float32{self._spec.noise_shape}, is {noise.dtype}{noise.shape}")
        return self._chunk.copy()

    def close(self) -> None:
        pass


def make(platform: Platform) -> NullPolicy:
    """Build from the contract's horizon, noise dim and action limits."""
    return NullPolicy(platform)
