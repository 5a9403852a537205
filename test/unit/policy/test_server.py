"""Our server on a real socket: health, keys, refusals that keep the connection, inference beside the event loop."""

import asyncio
from collections.abc import Mapping
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, WIDTH, A, D, H, actions_of, our_server
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from dsrl_core.errors import ConfigError, InvalidRequest, PolicyConnectionError
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.frames import pack, unpack
from dsrl_core.policy.server.answer import Answerer
from dsrl_core.policy.server.websocket import PolicyServer
from dsrl_core.types import F32, PolicySpec

NOISE = np.random.default_rng(1).standard_normal((H, D)).astype(np.float32)


class Policy:
    """Decodes like the stand-ins; notes what it was asked."""

    def __init__(self) -> None:
        self.spec = PolicySpec((H, D), (H, A), WIDTH)
        self.metadata = {"robot": "none"}
        self.asked: list[str] = []
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
        return actions_of(noise, observation["state"]).astype(np.float32)

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
        assert policy.asked == ["infer", "last", "mean"]


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


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pack({**EXAMPLE, "noise": NOISE[:1]}), r"noise must have the shape \(4, 3\) or \(1, 4, 3\)"),
        (pack({**EXAMPLE, "noise": "none"}), "noise must be an array"),
        (pack({**EXAMPLE, "method": "reset"}), "method must be 'get_prefix_rep'"),
        (pack({**EXAMPLE, "method": "get_prefix_rep", "pool": "max"}), "pool must be one of last, mean"),
        (pack({"state": np.array([np.inf]), "prompt": ""}), "state must be finite"),
        (pack({**EXAMPLE, "prompt": "refuse"}), "the state is of another robot"),
        (b"\xc1", "no msgpack-numpy"),
        ("text", "must be a binary frame"),
    ],
    ids=str,
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
        socket.send(pack({**EXAMPLE, "noise": NOISE}))
        answer = socket.recv()
        assert isinstance(answer, bytes)
        assert unpack(answer)["noise_applied"] is True


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
