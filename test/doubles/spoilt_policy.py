"""The flow policy as a server with wrong units and the other convention of the gripper would give it."""

from dsrl_core.config.platform import Platform
from dsrl_core.policy.backends import flow
from dsrl_core.policy.base import Policy
from dsrl_core.types import F32, Observation, PolicySpec

PER_SECOND = 15.0


class SpoiltPolicy:
    """Joint velocities per second, where those per step are wanted; the gripper is closed by 0."""

    def __init__(self, sound: Policy) -> None:
        self._sound = sound

    @property
    def spec(self) -> PolicySpec:
        return self._sound.spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        chunk = PER_SECOND * self._sound.infer(observation, noise)
        chunk[:, -1] = 1 - chunk[:, -1] / PER_SECOND
        return chunk

    def close(self) -> None:
        self._sound.close()


def make(platform: Platform) -> SpoiltPolicy:
    return SpoiltPolicy(flow.make(platform))
