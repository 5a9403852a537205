"""A policy of one's own: `policy.kind=my_package.my_policy`, or the name of an entry point of an installed package.

It moves towards a corner that the noise chooses: the smallest thing that can be steered.
"""

from dataclasses import dataclass

import numpy as np

from dsrl_core import InvalidRequest, Observation, Platform, PolicySpec, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`policy.options` in a contract, checked before a run starts."""

    speed: float = setting(0.5, doc="share of the contract's greatest action that is used", ge=0, le=1)


class CornerPolicy:
    """Every action of a chunk points to where the first noise vector points."""

    def __init__(self, platform: Platform, options: Options) -> None:
        low, high = platform.action.bounds()
        self._reach = options.speed * np.minimum(-low, high)
        shape = (platform.policy.horizon, platform.action.size)
        self._spec = PolicySpec(noise_shape=(platform.policy.horizon, platform.policy.noise_dim), action_shape=shape)

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    def infer(self, observation: Observation, noise: np.ndarray) -> np.ndarray:
        """A chunk f32[H, a] of noise f32[H, d]."""
        if noise.shape != self._spec.noise_shape or not np.isfinite(noise).all():
            raise InvalidRequest(f"noise must be finite {self._spec.noise_shape}, is {noise.shape}")
        return (self._reach * np.tanh(noise[:, : len(self._reach)])).astype(np.float32)

    def close(self) -> None:
        pass


def make(platform: Platform, options: Options) -> CornerPolicy:
    return CornerPolicy(platform, options)
