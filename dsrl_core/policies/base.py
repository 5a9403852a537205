"""What the steering node needs of a policy, and how one is found by name."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

import dsrl_core.policies as package
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
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


def policy_kinds() -> list[str]:
    """Names of the policy files, e.g. ["flow", "null"]."""
    return sorted(m.name for m in iter_modules(package.__path__) if m.name != "base")


def make_policy(platform: Platform) -> Policy:
    """Build `platform.policy.kind` by calling `make(platform)` of `dsrl_core/policies/<kind>.py`."""
    kind = platform.policy.kind
    if kind not in policy_kinds():
        raise ConfigError(f"policy.kind={kind!r} is unknown; allowed: {', '.join(policy_kinds())}")
    policy: Policy = import_module(f"dsrl_core.policies.{kind}").make(platform)
    return policy
