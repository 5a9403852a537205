"""What the steering node needs of a policy, and how one is found by name."""

from typing import Protocol

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.plugins import load_plugin
from dsrl_core.types import F32, Observation, PolicySpec


class Policy(Protocol):
    """A frozen generative policy: noise and observation in, chunk out."""

    @property
    def spec(self) -> PolicySpec: ...

    def infer(self, observation: Observation, noise: F32) -> F32:
        """Decode a chunk.

        Args:
            observation: at policy size.
            noise: f32[H, d], t = 1 is noise.
        Returns:
            f32[H, a], a fresh writable array, not yet checked for finiteness or limits.
        Raises:
            InvalidRequest: noise of the wrong shape, dtype or not finite.
        """

    def close(self) -> None: ...


def make_policy(platform: Platform) -> Policy:
    """Build `platform.policy.kind` by calling `make(platform)` of its file, and hold it against the contract."""
    policy: Policy = load_plugin("dsrl_core.policies", platform.policy.kind, "policy.kind").make(platform)
    wanted = (platform.policy.horizon, platform.action.size)
    if policy.spec.action_shape != wanted:
        raise ConfigError(f"the policy gives chunks of {policy.spec.action_shape}; the contract asks for {wanted}")
    steered = (platform.policy.horizon, platform.policy.noise_dim)
    if policy.spec.noise_shape != steered:
        raise ConfigError(f"the policy takes noise of {policy.spec.noise_shape}; the contract asks for {steered}")
    return policy
