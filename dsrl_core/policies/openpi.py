"""A policy server: `policy.endpoint` is the address ws://host:port of our server, or of a fork that steers."""

from pathlib import Path

from dsrl_core.config.platform import Platform, PolicyContract
from dsrl_core.embodiments.base import Embodiment, make_embodiment
from dsrl_core.errors import ConfigError, SteeringUnsupported
from dsrl_core.remote.client import PolicyClient
from dsrl_core.remote.greeting import UNSTEERABLE, Expected
from dsrl_core.remote.link import Patience
from dsrl_core.types import F32, Observation, PolicySpec


class RemotePolicy:
    """Lays observations out for the server and reads its chunks; waits no longer than the contract allows."""

    def __init__(
        self, client: PolicyClient, embodiment: Embodiment, contract: PolicyContract, spec: PolicySpec
    ) -> None:
        self._client, self._embodiment, self._contract, self._spec = client, embodiment, contract, spec
        self.server_s = 0.0  # what the server says its last inference took

    @property
    def spec(self) -> PolicySpec:
        return self._spec

    @property
    def ready(self) -> bool:
        """Whether an episode may start; PolicyError where the server is given up."""
        return self._client.ready

    def infer(self, observation: Observation, noise: F32) -> F32:
        return self._chunk(observation, noise)

    def _chunk(self, observation: Observation, noise: F32 | None) -> F32:
        """The server's chunk f32[H, a]; without noise it draws its own."""
        request, timeout_s = self._embodiment.request(observation), self._contract.timeout_s
        chunk = self._client.infer(request, noise=noise, timeout_s=timeout_s)
        self.server_s = chunk.timing.get("infer_ms", 0.0) / 1e3
        return self._embodiment.decode(chunk.actions)

    def features(self, observation: Observation) -> F32:
        """The prefix representation f32[f] that the learner sees."""
        request, contract = self._embodiment.request(observation), self._contract
        return self._client.prefix_rep(request, pool=contract.pool, timeout_s=contract.timeout_s)

    def close(self) -> None:
        self._client.close()


def make(platform: Platform) -> RemotePolicy:
    """Connect to `policy.endpoint`.

    Raises:
        PolicyError: it cannot be connected, or cannot be steered.
        ConfigError: the contract does not fit its embodiment, or the key cannot be read.
    """
    contract, embodiment = platform.policy, make_embodiment(platform)
    client, spec = connected(platform, embodiment)
    if spec.noise_shape is None:
        client.close()
        raise SteeringUnsupported(f"{contract.endpoint}: {UNSTEERABLE}")
    return RemotePolicy(client, embodiment, contract, spec)


def connected(platform: Platform, embodiment: Embodiment) -> tuple[PolicyClient, PolicySpec]:
    """A client of `policy.endpoint`, told or probed, and its spec with the actions that the embodiment decodes.

    Raises:
        PolicyError: it cannot be connected.
        ConfigError: the key cannot be read.
    """
    contract = platform.policy
    shape = (contract.horizon, contract.noise_dim)
    client = PolicyClient(
        contract.endpoint,
        expected=Expected(embodiment.example(), shape, bool(contract.feature_dim)),
        api_key=read_key(contract.api_key_file),
        patience=Patience(contract.connect_s, contract.patience_s),
    )
    try:
        spec = client.connect(contract.connect_s)
    except BaseException:
        client.close()
        raise
    decoded = (spec.action_shape[0], min(spec.action_shape[1], platform.action.size) or platform.action.size)
    return client, PolicySpec(spec.noise_shape, decoded, spec.prefix_dim)


def told_by_server(platform: Platform) -> list[str]:
    """Settings that the server at `policy.endpoint` decides, as `key=value`; none where it tells nothing of itself.

    Raises:
        PolicyError: it cannot be connected.
    """
    contract = platform.policy
    client = PolicyClient(contract.endpoint, api_key=read_key(contract.api_key_file))
    try:
        noise_shape = client.connect(contract.connect_s).noise_shape
    except SteeringUnsupported:
        return []  # a fork may still take noise: the policy itself finds out
    finally:
        client.close()
    if noise_shape is None:
        return []
    horizon, noise_dim = noise_shape
    execute = min(contract.execute, horizon)
    return [f"policy.horizon={horizon}", f"policy.noise_dim={noise_dim}", f"policy.execute={execute}"]


def read_key(path: str) -> str:
    """The key in a file, without the white space around it; empty for no path."""
    if not path:
        return ""
    try:
        key = Path(path).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"api_key_file={path!r} cannot be read: {error}") from error
    if not key or not (key.isascii() and key.isprintable()):
        raise ConfigError(f"api_key_file={path!r} must hold one line of ASCII characters")
    return key
