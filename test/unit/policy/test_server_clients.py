"""Several clients of our server: how many, with which key, and health while the policy thinks."""

from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, A, D, H, actions_of, our_server
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from served_policy import NOISE, Policy
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from dsrl_core.errors import PolicyConnectionError
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.frames import pack
from dsrl_core.policy.server import websocket
from dsrl_core.types import F32


def status(address: str, path: str, **headers: str) -> int:
    try:
        with urlopen(Request(address.replace("ws:", "http:") + path, headers=headers), timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


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
