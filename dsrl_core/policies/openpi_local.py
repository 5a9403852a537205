"""openpi in this process: `policy.endpoint` is a checkpoint, `policy.config` the name of openpi's configuration."""

from dsrl_core.config.platform import Platform
from dsrl_core.embodiments.base import Embodiment, make_embodiment
from dsrl_core.errors import ConfigError
from dsrl_core.serve.openpi import OpenpiPolicy, load_openpi, openpi_config
from dsrl_core.types import F32, Observation, PolicySpec


class LocalPolicy:
    """A loaded checkpoint, asked in the layout of the contract's embodiment."""

    def __init__(self, policy: OpenpiPolicy, embodiment: Embodiment, pool: str) -> None:
        self._policy, self._embodiment, self._pool = policy, embodiment, pool

    @property
    def spec(self) -> PolicySpec:
        return self._policy.spec

    def infer(self, observation: Observation, noise: F32) -> F32:
        return self._embodiment.decode(self._policy.infer(self._embodiment.request(observation), noise))

    def features(self, observation: Observation) -> F32:
        """The prefix representation f32[f] that the learner sees."""
        return self._policy.prefix_rep(self._embodiment.request(observation), self._pool)

    def close(self) -> None:
        pass


def make(platform: Platform) -> LocalPolicy:
    """Load the checkpoint.

    Raises:
        ConfigError: openpi is missing, a name is unknown, or the contract does not fit its embodiment.
        SteeringUnsupported: pi0-FAST.
    """
    contract, embodiment = platform.policy, make_embodiment(platform)
    _check_names(platform)
    loaded = load_openpi(
        contract.endpoint, contract.config, embodiment=contract.embodiment, prompt=contract.prompt or None
    )
    return LocalPolicy(loaded, embodiment, contract.pool)


def check(platform: Platform) -> None:
    """What can be known without loading gigabytes: openpi, its configuration, and horizon and noise of the contract."""
    make_embodiment(platform)
    _check_names(platform)
    model = openpi_config(platform.policy.config).model
    shape, asked = (model.action_horizon, model.action_dim), (platform.policy.horizon, platform.policy.noise_dim)
    if shape != asked:
        raise ConfigError(f"{platform.policy.config} takes noise of {shape}; the contract asks for {asked}")


def _check_names(platform: Platform) -> None:
    if not platform.policy.config or platform.policy.embodiment == "plain":
        raise ConfigError(
            f"{platform.name}: policy.kind='openpi_local' needs policy.config, openpi's configuration such as "
            "pi0_libero, and policy.embodiment, one of its robots"
        )
