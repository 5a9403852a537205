"""openpi in this process: `policy.endpoint` is a checkpoint, the option `config` openpi's name of its configuration."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.config.setting import build, setting
from dsrl_core.errors import ConfigError
from dsrl_core.policy.embodiments.base import Embodiment, OpenpiOptions, make_embodiment
from dsrl_core.types import F32, Observation, PolicySpec

if TYPE_CHECKING:
    from dsrl_core.policy.server.openpi import OpenpiPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(OpenpiOptions):
    """`policy.options` of openpi in this process."""

    config: str = setting("", doc="name of openpi's own configuration, such as pi0_libero")


class LocalPolicy:
    """A loaded checkpoint, which takes observations in the layout of the contract's embodiment."""

    def __init__(self, policy: "OpenpiPolicy", embodiment: Embodiment, pool: str) -> None:
        self._policy, self._embodiment, self._pool = policy, embodiment, pool

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        return self._embodiment.decode(self._policy.infer(self._embodiment.request(observation), noise))

    @property
    def one_at_a_time(self) -> str:
        """See `Policy`."""
        return self._policy.one_at_a_time

    def infer_many(self, observation: Observation, noises: F32) -> F32:
        """See `Policy`."""
        request, most = self._embodiment.request(observation), max(self._policy.many, 1)
        blocks = [noises[first : first + most] for first in range(0, len(noises), most)]
        chunks = [chunk for block in blocks for chunk in self._policy.infer_many(request, block)]
        return np.stack([self._embodiment.decode(chunk) for chunk in chunks])

    def features(self, observation: Observation) -> F32:
        """The prefix representation f32[f] that the learner sees."""
        return self._policy.prefix_rep(self._embodiment.request(observation), self._pool)

    def close(self) -> None:
        pass


def make(platform: Platform, options: Options) -> LocalPolicy:
    """Load the checkpoint.

    Raises:
        ConfigError: openpi is missing, a name is unknown, or the contract does not fit its embodiment.
        SteeringUnsupported: pi0-FAST.
    """
    from dsrl_core.policy.server.openpi import load_openpi  # here, so that reading settings does not import jax

    contract, embodiment = platform.policy, make_embodiment(platform)
    _check_names(platform, options)
    loaded = load_openpi(
        contract.endpoint, options.config, embodiment=options.embodiment, prompt=contract.prompt or None
    )
    return LocalPolicy(loaded, embodiment, options.pool)


def check(platform: Platform) -> None:
    """Check without a checkpoint: that openpi is installed, its configuration, and the contract's horizon and noise."""
    from dsrl_core.policy.server.openpi import openpi_config

    options = build(Options, platform.policy.options, "policy.options")
    make_embodiment(platform)
    _check_names(platform, options)
    model = openpi_config(options.config).model
    shape, asked = (model.action_horizon, model.action_dim), (platform.policy.horizon, platform.policy.noise_dim)
    if shape != asked:
        raise ConfigError(f"{options.config} takes noise of {shape}; the contract asks for {asked}")


def _check_names(platform: Platform, options: Options) -> None:
    if not options.config or options.embodiment == "plain":
        raise ConfigError(
            f"{platform.name}: policy.kind='openpi_local' needs policy.options.config, openpi's configuration such "
            "as pi0_libero, and policy.options.embodiment, one of its robots"
        )
