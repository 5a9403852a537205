"""A policy that waves an arm to and fro, so that it moves whatever it sees."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.policy.backends.null import NullPolicy
from dsrl_core.types import F32, Observation

AMPLITUDE = 0.3


class WavingPolicy(NullPolicy):
    """All joints up and down again within a chunk, the gripper open."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        horizon, size = self.spec.action_shape
        wave = AMPLITUDE * np.sign(np.sin(2 * np.pi * (np.arange(horizon) + 0.5) / horizon))
        self._chunk = np.tile(wave[:, None], (1, size)).astype(np.float32)
        self._chunk[:, -1] = 0.0

    def infer(self, observation: Observation, noise: F32) -> F32:
        super().infer(observation, noise)
        return self._chunk.copy()


def make(platform: Platform) -> WavingPolicy:
    return WavingPolicy(platform)
