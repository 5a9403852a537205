"""A policy server that takes no noise, such as the stock openpi server, for the baseline of a run and nothing else.

The server draws the noise itself: what the run draws and records as iid noise is not what it used. Settings that would
steer or train on it are refused where the run's settings are read.
"""

from dataclasses import replace
from typing import Any

from dsrl_core.config.platform import Platform
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.policy.backends.openpi import RemotePolicy, connected, options_of
from dsrl_core.policy.embodiments.base import make_embodiment
from dsrl_core.policy.remote.options import ServerOptions
from dsrl_core.types import F32, Observation

Options = ServerOptions


class UnsteeredPolicy(RemotePolicy):
    """A served policy whose chunks follow from noise of its own."""

    def infer(self, observation: Observation, noise: F32) -> F32:
        """A chunk; `noise` is not sent."""
        return self._chunk(observation, None)


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
    drawn = replace(spec, noise_shape=(contract.horizon, contract.noise_dim))  # by the run, as for any other policy
    return UnsteeredPolicy(client, embodiment, options, drawn)


def check_settings(config: RunConfig) -> None:
    """Refuse to train, or to call noise what a server that takes none was played with."""
    schedule = config.preset.schedule
    if (schedule.episodes, schedule.baselines, schedule.golden) != (0, ("iid",), ""):
        raise ConfigError(
            f"policy.kind={config.platform.policy.kind!r} draws its own noise, so it can only be evaluated: "
            "use --episodes 0 schedule.baselines=[iid], without schedule.golden"
        )


def told_by_server(platform: Platform) -> dict[str, Any]:
    """The horizon, which the server shows in its chunks. Raises as `make`."""
    policy = make(platform, options_of(platform))
    policy.close()
    horizon, _ = policy.spec.action_shape
    return {"policy.horizon": horizon, "policy.execute": min(platform.policy.execute, horizon)}
