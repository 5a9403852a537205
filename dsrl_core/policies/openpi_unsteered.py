"""A policy server that takes no noise, such as the stock openpi server, for the baseline of a run and nothing else.

The server draws the noise itself: what the run draws and records as iid noise is not what it used. Settings that would
steer or train on it are refused where the run's settings are read.
"""

from dsrl_core.config.platform import Platform
from dsrl_core.embodiments.base import Embodiment, make_embodiment
from dsrl_core.errors import ConfigError
from dsrl_core.policies.openpi import read_key
from dsrl_core.remote.client import PolicyClient
from dsrl_core.remote.greeting import Expected
from dsrl_core.remote.link import Patience
from dsrl_core.types import F32, Observation, PolicySpec


class UnsteeredPolicy:
    """Lays observations out for the server and reads its chunks, which follow from noise of its own."""

    def __init__(self, client: PolicyClient, embodiment: Embodiment, platform: Platform, actions: int) -> None:
        contract = platform.policy
        self._client, self._embodiment, self._timeout_s = client, embodiment, contract.timeout_s
        self.spec = PolicySpec((contract.horizon, contract.noise_dim), (actions, platform.action.size), None)

    @property
    def ready(self) -> bool:
        """Whether an episode may start; PolicyError where the server is given up."""
        return self._client.ready

    def infer(self, observation: Observation, noise: F32) -> F32:
        """A chunk; `noise` is not sent."""
        request = self._embodiment.request(observation)
        return self._embodiment.decode(self._client.infer(request, timeout_s=self._timeout_s).actions)

    def close(self) -> None:
        self._client.close()


def make(platform: Platform) -> UnsteeredPolicy:
    """Connect to `policy.endpoint`.

    Raises:
        PolicyError: it cannot be connected.
        ConfigError: the contract does not fit its embodiment, or the server can be steered.
    """
    embodiment = make_embodiment(platform)
    client = _connected(platform, embodiment)
    actions, _ = client.connect(platform.policy.connect_s).action_shape
    return UnsteeredPolicy(client, embodiment, platform, actions)


def told_by_server(platform: Platform) -> list[str]:
    """The horizon, which the server shows in its chunks, as settings `key=value`. Raises as `make`."""
    client = _connected(platform, make_embodiment(platform))
    horizon, _ = client.connect(platform.policy.connect_s).action_shape
    client.close()
    return [f"policy.horizon={horizon}", f"policy.execute={min(platform.policy.execute, horizon)}"]


def _connected(platform: Platform, embodiment: Embodiment) -> PolicyClient:
    contract = platform.policy
    client = PolicyClient(
        contract.endpoint,
        expected=Expected(embodiment.example(), (contract.horizon, contract.noise_dim)),
        api_key=read_key(contract.api_key_file),
        patience=Patience(contract.connect_s, contract.patience_s),
    )
    try:
        if client.connect(contract.connect_s).noise_shape is not None:
            raise ConfigError(f"{contract.endpoint} can be steered; use policy.kind=openpi")
    except BaseException:
        client.close()
        raise
    return client
