"""The client against servers that break: typed errors, no stale chunk, and recovery outside the control path."""

from collections.abc import Callable, Iterator
from threading import Thread
from time import monotonic, sleep

import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, WIDTH, D, FakeServer, H, actions_of

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
from dsrl_core.policy.remote import link
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.greeting import Expected
from dsrl_core.policy.remote.link import Patience
from dsrl_core.types import PolicySpec

NOISE = np.random.default_rng(1).standard_normal((2, H, D)).astype(np.float32)
EXPECTED = Expected(EXAMPLE, (H, D), prefix=True)
SOON_S = 20.0  # a bound on a broken client, not a measure

Servers = Callable[..., FakeServer]
Clients = Callable[..., PolicyClient]


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
