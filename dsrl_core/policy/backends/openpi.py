"""A policy behind a server; `policy.endpoint` is its address, ws://host:port.

The server is `./dsrl serve-policy`, or a fork of openpi's server that takes noise.
"""

from pathlib import Path
from typing import Any

import numpy as np

from dsrl_core.config.address import check_address
from dsrl_core.config.platform import Platform
from dsrl_core.config.setting import build
from dsrl_core.errors import ConfigError, SteeringUnsupported
from dsrl_core.policy.embodiments.base import Embodiment, make_embodiment
from dsrl_core.policy.remote.client import ONE_AT_A_TIME, PolicyClient
from dsrl_core.policy.remote.greeting import UNSTEERABLE, Expected
from dsrl_core.policy.remote.link import Patience
from dsrl_core.policy.remote.options import ServerOptions
from dsrl_core.types import F32, Observation, PolicySpec

Options = ServerOptions


class RemotePolicy:
    """Sends observations in the embodiment's layout and decodes the chunks; waits at most the contract's time-out."""

    def __init__(self, client: PolicyClient, embodiment: Embodiment, options: ServerOptions, spec: PolicySpec) -> None:
        self._client, self._embodiment, self._options, self._spec = client, embodiment, options, spec
        self.server_s = 0.0  # duration of the last inference, as the server reports it

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    @property
    def ready(self) -> bool:
        """Whether an episode may start. Raises PolicyError if the server has been away for too long."""
        return self._client.ready

    @property
    def patient(self) -> bool:
        """Whether the server may be away for any time, as while a run is paused."""
        return self._client.patient

    @patient.setter
    def patient(self, patient: bool) -> None:
        self._client.patient = patient

    def infer(self, observation: Observation, noise: F32) -> F32:
        return self._chunk(observation, noise)

    @property
    def one_at_a_time(self) -> str:
        """See `Policy`."""
        return "" if self._client.many else ONE_AT_A_TIME

    def infer_many(self, observation: Observation, noises: F32) -> F32:
        """See `Policy`; one request for as many as the server decodes at once. Raises SteeringUnsupported if one."""
        request, timeout_s = self._embodiment.request(observation), self._options.timeout_s
        few, most = fewest_vectors(noises), max(self._client.many, 1)
        blocks = [few[first : first + most] for first in range(0, len(few), most)]
        chunks = [chunk for b in blocks for chunk in self._client.infer_many(request, b, timeout_s=timeout_s)]
        return np.stack([self._embodiment.decode(chunk) for chunk in chunks])

    def _chunk(self, observation: Observation, noise: F32 | None) -> F32:
        """The server's chunk f32[H, a]; if `noise` is None, the server draws it."""
        request, timeout_s = self._embodiment.request(observation), self._options.timeout_s
        chunk = self._client.infer(request, noise=noise, timeout_s=timeout_s)
        self.server_s = chunk.timing.get("infer_ms", 0.0) / 1e3
        return self._embodiment.decode(chunk.actions)

    def features(self, observation: Observation) -> F32:
        """The prefix representation f32[f] that the learner sees."""
        request, options = self._embodiment.request(observation), self._options
        return self._client.prefix_rep(request, pool=options.pool, timeout_s=options.timeout_s)

    def close(self) -> None:
        self._client.close()


def fewest_vectors(noises: F32) -> F32:
    """The fewest vectors f32[m, k, d] that spread over the horizon are f32[m, H, d], for a shorter message."""
    horizon = noises.shape[1]
    for steps in range(horizon, 1, -1):
        few = noises[:, ::steps]
        if horizon % steps == 0 and np.array_equal(np.repeat(few, steps, axis=1), noises):
            return few
    return noises


def make(platform: Platform, options: ServerOptions) -> RemotePolicy:
    """Connect to `policy.endpoint`.

    Raises:
        PolicyError: it cannot be connected, or cannot be steered.
        ConfigError: the contract does not fit its embodiment, or the key cannot be read.
    """
    embodiment = make_embodiment(platform)
    client, spec = connected(platform, embodiment, options)
    if spec.noise_shape is None:
        client.close()
        raise SteeringUnsupported(f"{platform.policy.endpoint}: {UNSTEERABLE}")
    return RemotePolicy(client, embodiment, options, spec)


def connected(platform: Platform, embodiment: Embodiment, options: ServerOptions) -> tuple[PolicyClient, PolicySpec]:
    """Connect a client; returns it and the policy's spec, with the size of the actions that the embodiment decodes.

    Raises:
        PolicyError: it cannot be connected.
        ConfigError: the key cannot be read.
    """
    contract = platform.policy
    check_address(contract.endpoint)
    shape = (contract.horizon, contract.noise_dim)
    client = PolicyClient(
        contract.endpoint,
        expected=Expected(embodiment.example(), shape, bool(contract.feature_dim)),
        api_key=read_key(options.api_key_file),
        patience=Patience(options.connect_s, options.patience_s),
    )
    try:
        spec = client.connect(options.connect_s)
    except BaseException:
        client.close()
        raise
    decoded = (spec.action_shape[0], min(spec.action_shape[1], platform.action.size) or platform.action.size)
    return client, PolicySpec(spec.noise_shape, decoded, spec.prefix_dim)


def told_by_server(platform: Platform) -> dict[str, Any]:
    """Settings that follow from the server's metadata; none if the metadata do not offer steering.

    Raises:
        PolicyError: it cannot be connected.
    """
    options = options_of(platform)
    check_address(platform.policy.endpoint)
    client = PolicyClient(platform.policy.endpoint, api_key=read_key(options.api_key_file))
    try:
        noise_shape = client.connect(options.connect_s).noise_shape
    except SteeringUnsupported:
        return {}  # a fork may still take noise, which `make` finds out by probing
    finally:
        client.close()
    if noise_shape is None:
        return {}
    horizon, noise_dim = noise_shape
    execute = min(platform.policy.execute, horizon)
    return {"policy.horizon": horizon, "policy.noise_dim": noise_dim, "policy.execute": execute}


def options_of(platform: Platform) -> ServerOptions:
    """The contract's `policy.options` as `ServerOptions`, for use before the policy is made."""
    return build(ServerOptions, platform.policy.options, "policy.options")


def read_key(path: str) -> str:
    """The API key in a file, without white space around it; empty if the path is empty."""
    if not path:
        return ""
    try:
        key = Path(path).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"api_key_file={path!r} cannot be read: {error}") from error
    if not key or not (key.isascii() and key.isprintable()):
        raise ConfigError(f"api_key_file={path!r} must hold one line of ASCII characters")
    return key
