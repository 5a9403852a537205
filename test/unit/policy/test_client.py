"""The client against servers that break: typed errors, no stale chunk, and recovery outside the control path."""

from threading import Thread

import numpy as np
import pytest
from client_samples import NOISE, SOON_S, Clients, Servers, assert_answers, wait_until
from doubles.policy_servers import EXAMPLE, WIDTH, D, H, actions_of

from dsrl_core.errors import (
    InvalidRequest,
    PolicyConnectionError,
    PolicyError,
    PolicyProtocolError,
    PolicyServerError,
    PolicyTimeout,
    SteeringNotApplied,
    SteeringUnsupported,
)
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.types import PolicySpec


def test_a_server_that_tells_of_itself_is_believed(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server, expected=None)
    assert client.connect() == PolicySpec((H, D), (H, 2), WIDTH)
    assert client.metadata["steering"]["version"] == 1
    assert server.requests == [], "nothing was probed"
    assert_answers(client)
    assert server.requests[0]["noise"].shape == (1, H, D)


def test_a_fork_is_found_steerable_by_asking(servers: Servers, clients: Clients):
    server = servers("fork")
    client = clients(server)
    assert client.connect() == PolicySpec((H, D), (H, 2), WIDTH)
    first, again, other = (request["noise"] for request in server.requests[:3])
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert_answers(client)
    tokens = np.arange(30).reshape(6, WIDTH) + EXAMPLE["state"].sum()
    assert client.prefix_rep(EXAMPLE).tolist() == tokens[-1].tolist()
    assert client.prefix_rep(EXAMPLE, pool="mean").tolist() == tokens.mean(axis=0).tolist()


def test_a_stock_server_serves_the_base_and_is_never_steered(servers: Servers, clients: Clients):
    server = servers("stock")
    client = clients(server)
    assert client.connect() == PolicySpec(None, (H, 2), None)
    asked = len(server.requests)
    with pytest.raises(SteeringUnsupported, match=r"ignores noise.*serve-policy"):
        client.infer(EXAMPLE, noise=NOISE[0])
    with pytest.raises(SteeringUnsupported, match="no prefix representation"):
        client.prefix_rep(EXAMPLE)
    assert len(server.requests) == asked, "nothing was sent"
    chunk = client.infer(EXAMPLE)
    assert chunk.noise is None
    assert "noise" not in server.requests[-1]


def test_a_server_that_tells_nothing_is_refused_where_it_cannot_be_probed(servers: Servers, clients: Clients):
    with pytest.raises(SteeringUnsupported, match="do not offer steering"):
        clients(servers("stock"), expected=None)


def test_unsteered_noise_is_drawn_here_and_told(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server, seed=5)
    drawn = [client.infer(EXAMPLE).noise for _ in range(2)]
    assert not np.array_equal(drawn[0], drawn[1])
    for noise, request in zip(drawn, server.requests, strict=True):
        np.testing.assert_array_equal(noise, request["noise"][0])
    client.reset()
    np.testing.assert_array_equal(client.infer(EXAMPLE).noise, drawn[0])


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("die", PolicyConnectionError, "in the middle of a call"),
        ("late", PolicyTimeout, r"no answer within 0\.1 s"),
        ("text", PolicyServerError, "KeyError: 'observation/state'"),
        ("garbage", PolicyProtocolError, "no msgpack-numpy"),
        ("nan", PolicyProtocolError, "actions must be finite"),
        ("empty", PolicyProtocolError, "ws://.*: the reply holds no actions but server_timing, noise_applied"),
        ("ragged", PolicyProtocolError, "ws://.*: actions must be an array of numbers"),
        ("shifted", PolicyProtocolError, "the reply belongs to the request 0; the last one was 1"),
        ("unconfirmed", SteeringNotApplied, "did not confirm"),
    ],
)
def test_a_fault_is_a_typed_error_and_the_next_chunk_is_fresh(
    fault: str, error: type[PolicyError], message: str, servers: Servers, clients: Clients
):
    server = servers("told")
    server.told = {"request_ids": True} if fault == "shifted" else {}
    client = clients(server)
    server.faults = [fault]
    with pytest.raises(error, match=message) as caught:
        client.infer(EXAMPLE, noise=NOISE[0], timeout_s=0.1 if fault == "late" else SOON_S)
    if isinstance(caught.value, PolicyServerError):
        assert "Traceback (most recent call last)" in caught.value.traceback
    wait_until(lambda: client.ready)
    assert_answers(client)
    assert [request["noise"].tolist() for request in server.requests] == [NOISE[:1].tolist(), NOISE[1:].tolist()]


@pytest.mark.parametrize("ids", [False, True])
def test_a_server_that_answers_twice_never_answers_the_next_request(ids: bool, servers: Servers, clients: Clients):
    server = servers("told")
    server.told = {"request_ids": ids}
    client = clients(server)
    server.faults = ["twice"] * 5
    wrong, chunks = [], 0
    for seed in range(20):
        noise = np.random.default_rng(seed).standard_normal((H, D)).astype(np.float32)
        wait_until(lambda: client.ready)
        try:
            got = client.infer(EXAMPLE, noise=noise, timeout_s=SOON_S).actions
        except PolicyError as error:
            wrong.append(str(error))
            continue
        chunks += 1
        np.testing.assert_array_equal(got, actions_of(noise, EXAMPLE["state"]).astype(np.float32))
    assert not server.faults
    assert len(wrong) <= 5
    assert chunks >= 15
    assert all("nobody had asked" in error or "belongs to the request" in error for error in wrong), wrong


def test_a_frame_that_nobody_asked_for_ends_the_connection(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server)
    for connection in list(server._open):
        connection.send("good morning")
    wait_until(lambda: not client.ready)
    wait_until(lambda: client.ready)
    assert_answers(client)


def test_a_long_refusal_is_told_in_one_line_and_the_connection_stays(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server)
    server.faults = ["wordy"]
    with pytest.raises(InvalidRequest, match=r"refused the request: \[2J ?no no") as caught:
        client.infer(EXAMPLE, noise=NOISE[0])
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()
    assert client.ready
    assert_answers(client)


@pytest.mark.parametrize("address", ["127.0.0.1:80", "http://127.0.0.1", "ws://"])
def test_an_address_that_is_none(address: str):
    client = PolicyClient(address)
    with pytest.raises(PolicyConnectionError, match="write ws://host:port"):
        client.connect(SOON_S)
    client.close()


def test_a_wrong_request_is_not_sent_and_the_connection_goes_on(servers: Servers, clients: Clients):
    server = servers("told")
    client = clients(server)
    for wrong in (NOISE[0, :1], NOISE[0] * np.nan, NOISE):
        with pytest.raises(InvalidRequest, match="noise must"):
            client.infer(EXAMPLE, noise=wrong)
    with pytest.raises(InvalidRequest, match="state must be finite"):
        client.infer({"state": np.full(3, np.nan)}, noise=NOISE[0])
    with pytest.raises(InvalidRequest, match="pool must be one of last, mean"):
        client.prefix_rep(EXAMPLE, pool="max")
    assert server.requests == []
    assert_answers(client)


def test_threads_wait_for_each_other_and_each_gets_its_own(servers: Servers, clients: Clients):
    client = clients(servers("told"))
    wrong: list[int] = []

    def ask(seed: int) -> None:
        noise = np.random.default_rng(seed).standard_normal((H, D)).astype(np.float32)
        for _ in range(20):
            got = client.infer(EXAMPLE, noise=noise, timeout_s=SOON_S).actions
            if not np.array_equal(got, actions_of(noise, EXAMPLE["state"]).astype(np.float32)):
                wrong.append(seed)

    threads = [Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_closed_client_answers_no_more(servers: Servers, clients: Clients):
    client = clients(servers("told"))
    client.close()
    client.close()
    with pytest.raises(PolicyConnectionError):
        client.infer(EXAMPLE, noise=NOISE[0])
