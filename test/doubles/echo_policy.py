"""A policy whose actions are the first values of its noise: what noise does to it is known without playing."""

from dsrl_core.config.platform import Platform
from dsrl_core.types import F32, Observation, PolicySpec


class EchoPolicy:
    def __init__(self, platform: Platform) -> None:
        horizon, self._size = platform.policy.horizon, platform.action.size
        self._spec = PolicySpec((horizon, platform.policy.noise_dim), (horizon, self._size))

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        return noise[:, : self._size].copy()

    def close(self) -> None:
        pass


def make(platform: Platform) -> EchoPolicy:
    return EchoPolicy(platform)
