"""Servers and clients that end with their test, and a policy to serve."""

from collections.abc import Iterator

import pytest
from client_samples import EXPECTED, SOON_S, Clients, Servers
from doubles.policy_servers import FakeServer
from served_policy import Policy

from dsrl_core.policy.remote.client import PolicyClient


@pytest.fixture
def servers() -> Iterator[Servers]:
    started: list[FakeServer] = []

    def start(kind: str, port: int = 0) -> FakeServer:
        started.append(FakeServer(kind, port))
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def clients() -> Iterator[Clients]:
    made: list[PolicyClient] = []

    def make(server: FakeServer, connect: bool = True, **settings: object) -> PolicyClient:
        made.append(PolicyClient(server.address, **{"expected": EXPECTED, **settings}))  # type: ignore[arg-type]
        if connect:
            made[-1].connect(SOON_S)
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def policy() -> Policy:
    return Policy()
