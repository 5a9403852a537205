"""The flow policy, with a NaN in a chunk now and then: rarely enough for most episodes to go well."""

from dsrl_core.config.platform import Platform
from dsrl_core.policy.backends import flow
from dsrl_core.types import F32, Observation, PolicySpec

PERIOD = 11


class NanPolicy:
    def __init__(self, platform: Platform) -> None:
        self._sound = flow.make(platform)
        self._calls = 0

    @property
    def spec(self) -> PolicySpec:
        return self._sound.spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        actions = self._sound.infer(observation, noise)
        self._calls += 1
        if self._calls % PERIOD == 0:
            actions[0, 0] = float("nan")
        return actions

    def close(self) -> None:
        self._sound.close()


def make(platform: Platform) -> NanPolicy:
    return NanPolicy(platform)
