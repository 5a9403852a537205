"""A policy without a network that makes the robot hold still, whatever the noise; for benchmarks and tests."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, Observation, PolicySpec


class NullPolicy:
    """Holds still: targets are the present state, velocities and changes are zero, both clipped to the limits.

    A value of the action counts as a target if the contract's state has a value with the same name and unit.
    """

    def __init__(self, platform: Platform) -> None:
        self._low, self._high = platform.action.bounds()
        self._targets, self._states = _targets(platform)
        horizon = platform.policy.horizon
        self._spec = PolicySpec((horizon, platform.policy.noise_dim), (horizon, platform.action.size))

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        if noise.shape != self._spec.noise_shape or noise.dtype != np.float32 or not np.isfinite(noise).all():
            raise InvalidRequest(f"noise must be finite float32{self._spec.noise_shape}, is {noise.dtype}{noise.shape}")
        action = np.zeros_like(self._low)
        action[self._targets] = observation.state[self._states]
        return np.tile(np.clip(action, self._low, self._high), (self._spec.action_shape[0], 1))

    def close(self) -> None:
        pass


def _targets(platform: Platform) -> tuple[list[int], list[int]]:
    """Indices of the action's values that are targets, and the indices of the same values in the state."""
    places: dict[tuple[str, str], int] = {}
    start = 0
    for source in platform.observation.state:
        named = zip(source.names, source.units, strict=False)  # units are optional, and poses have no names
        places |= {pair: start + i for i, pair in enumerate(named)}
        start += source.size
    actions = zip(platform.action.names, platform.action.units, strict=True)
    pairs = [(i, places[pair]) for i, pair in enumerate(actions) if pair in places]
    return [i for i, _ in pairs], [place for _, place in pairs]


def make(platform: Platform) -> NullPolicy:
    """Build from the contract's horizon, noise dim, names, units and action limits."""
    return NullPolicy(platform)
