"""What the tests of the client ask, and how they wait for it."""

from collections.abc import Callable
from time import monotonic, sleep

import numpy as np
from doubles.policy_servers import EXAMPLE, D, FakeServer, H, actions_of

from dsrl_core.errors import (
    PolicyError,
)
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.greeting import Expected

NOISE = np.random.default_rng(1).standard_normal((2, H, D)).astype(np.float32)
EXPECTED = Expected(EXAMPLE, (H, D), prefix=True)
SOON_S = 20.0  # a bound on a broken client, not a measure

Servers = Callable[..., FakeServer]
Clients = Callable[..., PolicyClient]


def wait_until(condition: Callable[[], bool]) -> None:
    until = monotonic() + SOON_S
    while not condition():
        assert monotonic() < until
        sleep(0.01)


def wait_for_error(client: PolicyClient) -> PolicyError:
    until = monotonic() + SOON_S
    while monotonic() < until:
        try:
            _ = client.ready
        except PolicyError as error:
            return error
        sleep(0.01)
    raise AssertionError("the client never gave up")


def assert_answers(client: PolicyClient, noise: np.ndarray = NOISE[1]) -> None:
    got = client.infer(EXAMPLE, noise=noise, timeout_s=SOON_S).actions
    np.testing.assert_array_equal(got, actions_of(noise, EXAMPLE["state"]).astype(np.float32))
