"""A policy server that takes no noise, such as the stock openpi server; it can only be evaluated as a baseline.

The server draws the noise itself; the noise that the run draws and records as iid is not used. Settings that would
steer or train on such noise are refused when the run's settings are read.
"""

from dataclasses import replace
from typing import Any

from dsrl_core.config.platform import Platform
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.policy.backends.openpi import RemotePolicy, connected, options_of
from dsrl_core.policy.embodiments.base import make_embodiment
from dsrl_core.policy.remote.greeting import UNSTEERABLE
from dsrl_core.policy.remote.options import ServerOptions
from dsrl_core.types import F32, Observation

Options = ServerOptions


class UnsteeredPolicy(RemotePolicy):
    """A served policy that draws its own noise."""

    def infer(self, observation: Observation, noise: F32) -> F32:
        """A chunk; `noise` is not sent."""
        return self._chunk(observation, None)

    @property
    def one_at_a_time(self) -> str:
        return UNSTEERABLE


def make(platform: Platform, options: ServerOptions) -> UnsteeredPolicy:
    """Connect to `policy.endpoint`.

    Raises:
        PolicyError: it cannot be connected.
        ConfigError: the contract does not fit its embodiment, or the server can be steered.
    """
    contract, embodiment = platform.policy, make_embodiment(platform)
    client, spec = connected(platform, embodiment, options)
    if spec.noise_shape is not None:
        client.close()
        raise ConfigError(f"{contract.endpoint} can be steered; use policy.kind=openpi")
    drawn = replace(
        spec, noise_shape=(contract.horizon, contract.noise_dim)
    )  # the run draws noise of this shape, as for other policies
    return UnsteeredPolicy(client, embodiment, options, drawn)


def check_settings(config: RunConfig) -> None:
    """Refuse training and all evaluations but iid, since the server does not use the run's noise."""
    schedule = config.preset.schedule
    if (schedule.episodes, schedule.baselines, schedule.golden) != (0, ("iid",), ""):
        raise ConfigError(
            f"policy.kind={config.platform.policy.kind!r} draws its own noise, so it can only be evaluated: "
            "use --episodes 0 schedule.baselines=[iid], without schedule.golden"
        )


def told_by_server(platform: Platform) -> dict[str, Any]:
    """The horizon, read from a chunk of the server. Raises as `make`."""
    policy = make(platform, options_of(platform))
    policy.close()
    horizon, _ = policy.spec.action_shape
    return {"policy.horizon": horizon, "policy.execute": min(platform.policy.execute, horizon)}
