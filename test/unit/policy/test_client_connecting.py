"""The client connects, and connects again: to servers that are away, slow, malformed or another one than before."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from client_samples import NOISE, SOON_S, Clients, Servers, assert_answers, wait_for_error, wait_until
from doubles.policy_servers import EXAMPLE, D, H

from dsrl_core.errors import (
    PolicyConnectionError,
    PolicyProtocolError,
    PolicyTimeout,
)
from dsrl_core.policy.remote import link
from dsrl_core.policy.remote.link import Patience

MALFORMED = ({"noise_shape": [4]}, {"noise_shape": [float("inf"), 3]}, {"action_shape": []}, {"version": np.ones(2)})


@pytest.mark.parametrize("told", MALFORMED, ids=str)
def test_malformed_metadata_neither_connect_nor_end_the_task_that_connects_again(
    told: dict[str, object], servers: Servers, clients: Clients, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(link, "FIRST_PAUSE_S", 0.01)
    server = servers("told")
    client = clients(server, patience=Patience(connect_s=SOON_S, away_s=SOON_S))
    server.told = told
    server.kill_connections()
    wait_until(lambda: not client.ready)
    with pytest.raises(PolicyConnectionError, match="is away"):
        client.infer(EXAMPLE, noise=NOISE[0])
    wait_until(lambda: "metadata" in client._link._reason or "version" in client._link._reason)
    assert not client.ready
    server.told = {}
    wait_until(lambda: client.ready)
    assert_answers(client)
    server.told = told
    with pytest.raises(PolicyProtocolError, match=rf"{server.address}: the server"):
        clients(server)


def test_where_connecting_again_fails_itself_the_client_ends_with_the_reason(
    servers: Servers, clients: Clients, monkeypatch: pytest.MonkeyPatch
):
    server = servers("told")
    client = clients(server)
    monkeypatch.setattr(client._link, "_open", None)
    server.kill_connections()
    assert "connecting to ws://" in (said := str(wait_for_error(client)))
    assert "again has failed: TypeError" in said


def test_while_a_server_is_away_a_call_fails_at_once_and_an_old_observation_is_never_sent(
    servers: Servers, clients: Clients
):
    server = servers("told")
    client = clients(server)
    server.kill()
    wait_until(lambda: not client.ready)
    with pytest.raises(PolicyConnectionError, match="is away, connecting again"):
        client.infer(EXAMPLE, noise=NOISE[0])
    again = servers("told", server.port)
    wait_until(lambda: client.ready)
    assert again.requests == []
    assert_answers(client)


def test_a_server_that_comes_back_as_another_is_refused(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server)
    server.kill()
    wait_until(lambda: not client.ready)
    other = servers("stock", server.port)
    assert "came back as another policy" in str(wait_for_error(client))
    with pytest.raises(PolicyProtocolError, match="another policy"):
        client.infer(EXAMPLE, noise=NOISE[0])
    other.kill()


def test_a_changed_noise_shape_is_refused(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server)
    server.horizon = 2 * H
    server.faults = ["die"]
    with pytest.raises(PolicyConnectionError):
        client.infer(EXAMPLE, noise=NOISE[0])
    assert isinstance(wait_for_error(client), PolicyProtocolError)


def test_patience_ends(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server, patience=Patience(connect_s=1.0, away_s=0.3))
    server.kill()
    error = wait_for_error(client)
    assert "was away for more than 0.3 s" in str(error)
    assert "serve-policy" in str(error)


def test_patience_has_no_end_while_a_run_is_paused(servers: Servers, clients: Clients, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(link, "LONGEST_PAUSE_S", 0.1)
    server = servers("told")
    client = clients(server, patience=Patience(connect_s=1.0, away_s=0.01))
    client.patient = True
    server.kill()
    wait_until(lambda: not client.ready)
    tries: list[str] = []
    monkeypatch.setattr(client._link, "_open", _counted(client._link._open, tries))
    wait_until(lambda: len(tries) > 3)
    assert not client.ready
    client.patient = False
    assert "was away for more than 0.01 s" in str(wait_for_error(client))


def _counted(open_link: Callable[..., Any], tries: list[str]) -> Callable[..., Any]:
    async def counted(timeout_s: float) -> None:
        tries.append("try")
        await open_link(timeout_s)

    return counted


def test_a_slow_handshake_ends_at_its_deadline(servers: Servers, clients: Clients):
    server = servers("told")
    server.handshake_s = 1.0
    client = clients(server, connect=False)
    with pytest.raises(PolicyTimeout, match=r"not connected within 0\.1 s"):
        client.connect(0.1)
    server.handshake_s = 0.0
    assert client.connect(SOON_S).noise_shape == (H, D)


def test_nobody_listens(servers: Servers, clients: Clients):
    server = servers("told")
    server.kill()
    with pytest.raises(PolicyConnectionError, match=r"cannot be connected.*\./dsrl serve-policy"):
        clients(server)
