"""Our server on a real socket: health, keys, refusals that keep the connection, inference beside the event loop."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, WIDTH, A, D, H, actions_of, our_server
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from dsrl_core.errors import ConfigError, InvalidRequest, PolicyConnectionError, SteeringUnsupported
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.frames import MAX_FRAME, pack, unpack
from dsrl_core.policy.server import throttle, websocket
from dsrl_core.policy.server.answer import Answerer
from dsrl_core.policy.server.websocket import PolicyServer
from dsrl_core.types import F32, PolicySpec

NOISE = np.random.default_rng(1).standard_normal((H, D)).astype(np.float32)
NOISES = np.random.default_rng(2).standard_normal((5, H, D)).astype(np.float32)
MANY = {**EXAMPLE, "method": "infer_many"}


class Policy:
    """Decodes like the stand-ins; notes what it was asked."""

    def __init__(self) -> None:
        self.spec = PolicySpec((H, D), (H, A), WIDTH)
        self.metadata = {"robot": "none"}
        self.asked: list[str] = []
        self.many = 6
        self.gate, self.entered = Event(), Event()
        self.gate.set()

    def infer(self, observation: Mapping[str, Any], noise: F32) -> F32:
        self.asked.append("infer")
        assert not {"noise", "method", "pool"} & set(observation)
        self.entered.set()
        assert self.gate.wait(20)
        if observation["prompt"] == "break":
            raise RuntimeError("out of memory")
        if observation["prompt"] == "refuse":
            raise InvalidRequest("the state is of another robot")
        vanish = np.nan if observation["prompt"] == "vanish" else 1.0
        return vanish * actions_of(noise, observation["state"]).astype(np.float32)

    def infer_many(self, observation: Mapping[str, Any], noises: F32) -> F32:
        self.asked.append(f"{len(noises)} noises")
        vanish = np.nan if observation["prompt"] == "vanish" else 1.0
        return np.stack([vanish * actions_of(noise, observation["state"]) for noise in noises]).astype(np.float32)

    def prefix_rep(self, observation: Mapping[str, Any], pool: str) -> F32:
        self.asked.append(pool)
        return np.full(WIDTH, observation["state"].sum(), np.float32)

    def example(self) -> Mapping[str, Any]:
        return EXAMPLE


@pytest.fixture
def policy() -> Policy:
    return Policy()


def status(address: str, path: str, **headers: str) -> int:
    try:
        with urlopen(Request(address.replace("ws:", "http:") + path, headers=headers), timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def test_every_function_is_warm_before_it_listens(policy: Policy):
    with our_server(policy):
        assert policy.asked == ["infer", "last", "mean", "1 noises"]


def test_a_policy_that_cannot_warm_up_is_never_served(policy: Policy):
    policy.example = lambda: {**EXAMPLE, "prompt": "break"}  # type: ignore[method-assign]
    addresses: list[str] = []
    with pytest.raises(RuntimeError, match="out of memory"):
        asyncio.run(PolicyServer(Answerer(policy), "127.0.0.1", 0).run(addresses.append))
    assert addresses == []


def test_a_port_that_is_taken_is_a_clear_error(policy: Policy):
    with our_server(policy) as address:
        port = int(address.rsplit(":", 1)[1])
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port} is not to be had: .*name another --port"):
            asyncio.run(PolicyServer(Answerer(policy), "127.0.0.1", port).run(print))


def test_the_stock_client_gets_chunks_and_may_steer(policy: Policy):
    with our_server(policy) as address:
        client = WebsocketClientPolicy(address)
        assert client.get_server_metadata()["robot"] == "none"
        assert client.get_server_metadata()["steering"]["noise_shape"] == [H, D]
        plain = client.infer(EXAMPLE)
        assert plain["actions"].shape == (H, A)
        assert "noise_applied" not in plain
        steered = client.infer({**EXAMPLE, "noise": NOISE[None]})
        assert steered["noise_applied"] is True
        assert steered["server_timing"]["infer_ms"] > 0
        np.testing.assert_array_equal(steered["actions"], actions_of(NOISE, EXAMPLE["state"]).astype(np.float32))
        with pytest.raises(RuntimeError, match="InvalidRequest: noise must be finite"):
            client.infer({**EXAMPLE, "noise": NOISE * np.nan})
        assert client.infer(EXAMPLE)["actions"].shape == (H, A), "the connection goes on"
        client._ws.close()


def test_many_noises_of_one_observation_are_one_request(policy: Policy):
    with our_server(policy) as address:
        client = PolicyClient(address)
        client.connect()
        assert client.many == 6
        policy.asked.clear()
        chunks = client.infer_many(EXAMPLE, NOISES)
        assert policy.asked == ["5 noises"]
        assert (chunks.dtype, chunks.flags.writeable) == (np.float32, True)
        np.testing.assert_array_equal(chunks, [client.infer(EXAMPLE, noise=noise).actions for noise in NOISES])
        few = client.infer_many(EXAMPLE, NOISES[:, :2])
        np.testing.assert_array_equal(few, client.infer_many(EXAMPLE, np.repeat(NOISES[:, :2], 2, axis=1)))
        for wrong in (NOISES * np.nan, np.zeros((7, H, D)), NOISES[:, :3]):
            with pytest.raises(InvalidRequest, match="noises must"):
                client.infer_many(EXAMPLE, wrong)
        assert client.infer_many(EXAMPLE, NOISES).tobytes() == chunks.tobytes(), "the connection goes on"
        client.close()


def test_a_policy_that_decodes_one_noise_at_a_time_says_so(policy: Policy):
    policy.many = 0
    with our_server(policy) as address, connect(address, compression=None) as socket:
        assert "max_noises" not in unpack(bytes(socket.recv()))["steering"]
        socket.send(pack({**MANY, "noises": NOISES}))
        assert "decodes one noise at a time" in str(socket.recv())
        client = PolicyClient(address)
        client.connect()
        with pytest.raises(SteeringUnsupported, match=r"one noise at a time.*serve-policy"):
            client.infer_many(EXAMPLE, NOISES)
        client.close()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pack({**EXAMPLE, "noise": NOISE[:1]}), r"noise must have the shape \(4, 3\) or \(1, 4, 3\)"),
        (pack({**EXAMPLE, "noise": "none"}), "noise must be an array"),
        (pack({**EXAMPLE, "method": "reset"}), "method must be 'get_prefix_rep', 'infer_many' or absent"),
        (pack({**MANY, "noises": NOISES * np.nan}), "noises must be finite"),
        (pack({**MANY, "noises": np.zeros((2, 3, D))}), r"the shape \(n, k, 3\), k a divisor of the horizon 4"),
        (pack({**MANY, "noises": np.zeros((2, H, D + 1))}), r"have \(2, 4, 4\)"),
        (pack({**MANY, "noises": NOISES[0]}), r"have \(4, 3\)"),
        (pack({**MANY, "noises": np.zeros((0, H, D))}), "1 to 6 at a time, are 0"),
        (pack({**MANY, "noises": np.zeros((7, 1, D))}), "1 to 6 at a time, are 7"),
        (pack({**MANY, "noises": "none"}), "noises must be an array of numbers"),
        (pack(MANY), "noises must be an array of numbers, are NoneType"),
        (pack({**MANY, "noises": NOISES, "prompt": "vanish"}), "a chunk of this request is not finite"),
        (pack({**EXAMPLE, "method": "get_prefix_rep", "pool": "max"}), "pool must be one of last, mean"),
        (pack({**EXAMPLE, "method": np.zeros(2)}), r"'infer_many' or absent, is array\("),
        (pack({**EXAMPLE, "method": ["infer"]}), "method must be 'get_prefix_rep'"),
        (pack({**EXAMPLE, "method": "get_prefix_rep", "pool": np.zeros(2)}), "pool must be one of last, mean"),
        (pack({**EXAMPLE, "request_id": np.zeros(2)}), "request_id must be a whole number"),
        (pack({**EXAMPLE, "state": np.full(3, 1e300)}), "state must be finite, holds .* a value beyond float32"),
        (pack({**EXAMPLE, "state": [0.0, 1e300]}), "state must be finite"),
        (pack({**EXAMPLE, "noise": np.full((H, D), 1e300)}), "noise must be finite"),
        (pack({**EXAMPLE, "prompt": "vanish"}), "the chunk of this request is not finite"),
        (b"\x81\xa1a" * 1_020 + b"\xc0", "lies in more than 16 maps and lists"),
        (pack({**EXAMPLE, "m" * 1_000_000: 1e300}), "mmmm… must be finite"),
        (pack({"state": np.array([np.inf]), "prompt": ""}), "state must be finite"),
        (pack({**EXAMPLE, "prompt": "refuse"}), "the state is of another robot"),
        (b"\xc1", "no msgpack-numpy"),
        ("text", "must be a binary frame"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_says_why_and_keeps_the_connection(frame: bytes | str, message: str, policy: Policy):
    with our_server(policy) as address, connect(address, compression=None) as socket:
        socket.recv()
        socket.send(frame)
        answer = socket.recv()
        assert isinstance(answer, str)
        with pytest.raises(InvalidRequest, match=message):
            raise InvalidRequest(answer)
        assert answer.startswith("InvalidRequest: ")
        assert len(answer) < 520
        socket.send(pack({**EXAMPLE, "noise": NOISE}))
        answer = socket.recv()
        assert isinstance(answer, bytes)
        assert unpack(answer)["noise_applied"] is True


def test_the_id_of_a_request_is_repeated_and_the_client_asks_so(policy: Policy):
    with our_server(policy) as address, connect(address, compression=None) as socket:
        assert unpack(bytes(socket.recv()))["steering"]["request_ids"] is True
        socket.send(pack({**EXAMPLE, "request_id": 7}))
        assert unpack(bytes(socket.recv()))["request_id"] == 7
        socket.send(pack({**EXAMPLE, "request_id": 8, "method": "get_prefix_rep"}))
        assert unpack(bytes(socket.recv()))["request_id"] == 8
        socket.send(pack(EXAMPLE))
        assert "request_id" not in unpack(bytes(socket.recv()))
        client = PolicyClient(address)
        for _ in range(3):
            client.infer(EXAMPLE, noise=NOISE)
            client.prefix_rep(EXAMPLE)
        client.close()


def test_a_frame_that_is_too_long_ends_its_connection_and_no_other(policy: Policy):
    with our_server(policy) as address, connect(address, compression=None) as socket:
        client = PolicyClient(address)
        client.connect()
        with pytest.raises(InvalidRequest, match=f"too long; at most {MAX_FRAME} are sent"):
            client.infer({**EXAMPLE, "prompt": "a" * MAX_FRAME})
        socket.recv()
        with suppress(ConnectionClosed):
            socket.send(b"\0" * (MAX_FRAME + 1))
        with pytest.raises(ConnectionClosed, match="1009"):
            socket.recv()
        assert client.infer(EXAMPLE, noise=NOISE).actions.shape == (H, A)
        client.close()


def test_of_many_refusals_one_is_logged(policy: Policy, caplog: pytest.LogCaptureFixture):
    with our_server(policy) as address, connect(address, compression=None) as socket:
        socket.recv()
        for _ in range(20):
            socket.send(b"\xc1")
            socket.recv()
        for _ in range(2):
            with pytest.raises(HTTPError), urlopen(address.replace("ws:", "http:"), timeout=10):
                pass
    told = [record.getMessage() for record in caplog.records if record.name.startswith("dsrl_core")]
    assert sum("refused a request" in line for line in told) <= 1
    assert sum("handshake" in line for line in told) <= 1
    assert not any(record.exc_info for record in caplog.records)


def test_the_throttle_counts_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    monkeypatch.setattr(throttle, "monotonic", lambda: now[0])
    filtered = throttle.Throttle()

    def passes(text: str, *values: object) -> str | None:
        record = logging.LogRecord("log", logging.WARNING, "", 1, text, values, None)
        return record.getMessage() if filtered.filter(record) else None

    assert passes("refused %s", 1) == "refused 1"
    assert [passes("refused %s", number) for number in range(5)] == [None] * 5
    assert passes("other %s", "a%sb") == "other a%sb"
    now[0] = 10.0
    assert passes("refused %s", 6) == "refused 6 (5 more since the last such line)"


def test_no_more_clients_than_are_served(policy: Policy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "MAX_CONNECTIONS", 2)
    with our_server(policy) as address:
        clients = [PolicyClient(address) for _ in range(3)]
        for client in clients[:2]:
            client.connect()
        with pytest.raises(PolicyConnectionError, match="503"):
            clients[2].connect()
        assert status(address, "/healthz") == 200
        clients[0].infer(EXAMPLE, noise=NOISE)
        for client in clients:
            client.close()


def test_a_fault_of_the_policy_is_told_and_ends_the_connection(policy: Policy):
    with our_server(policy) as address:
        with connect(address, compression=None) as socket:
            socket.recv()
            socket.send(pack({**EXAMPLE, "prompt": "break"}))
            answer = socket.recv()
            assert isinstance(answer, str)
            assert answer.startswith("Traceback")
            assert "out of memory" in answer
            with pytest.raises(ConnectionClosedError, match="1011"):
                socket.recv()
        with connect(address, compression=None) as socket:
            assert isinstance(socket.recv(), bytes), "the next client is served"


def test_health_is_answered_while_the_policy_thinks(policy: Policy):
    with our_server(policy) as address:
        policy.gate.clear()
        policy.entered.clear()
        client = PolicyClient(address)
        thread = Thread(target=client.infer, args=(EXAMPLE,))
        client.connect()
        thread.start()
        assert policy.entered.wait(20)
        assert status(address, "/healthz") == 200
        policy.gate.set()
        thread.join()
        client.close()


def test_who_has_not_the_key_is_not_let_in(policy: Policy):
    with our_server(policy, api_key="secret") as address:
        assert status(address, "/healthz") == 200
        assert status(address, "/", Authorization="Api-Key other") == 401
        for headers in ([("Authorization", "Api-Key secret")] * 2, [("Authorization", "Api-Key s\xe9cret")]):
            with pytest.raises(InvalidStatus, match="401"), connect(address, additional_headers=headers):
                pass
        for key in ("", "other"):
            client = PolicyClient(address, api_key=key)
            with pytest.raises(PolicyConnectionError, match=r"401.*policy\.api_key_file"):
                client.connect()
            client.close()
        client = PolicyClient(address, api_key="secret")
        assert client.connect().noise_shape == (H, D)
        client.close()
        stock = WebsocketClientPolicy(address, api_key="secret")
        assert stock.infer(EXAMPLE)["actions"].shape == (H, A)
        stock._ws.close()


def test_robots_queue_for_the_one_policy(policy: Policy):
    with our_server(policy) as address:
        clients = [PolicyClient(address) for _ in range(3)]
        chunks: dict[int, F32] = {}

        def ask(number: int) -> None:
            chunks[number] = clients[number].infer(EXAMPLE, noise=NOISE * number).actions

        for client in clients:
            client.connect()
        threads = [Thread(target=ask, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, actions in chunks.items():
            expected = actions_of(NOISE * number, EXAMPLE["state"]).astype(np.float32)
            np.testing.assert_array_equal(actions, expected)
        assert len(chunks) == 3
        for client in clients:
            client.close()
