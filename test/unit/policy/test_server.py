"""Our server on a real socket: what is warm before it listens, and inference, of one noise and of many."""

import asyncio

import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, A, D, H, actions_of, our_server
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from served_policy import MANY, NOISE, NOISES, Policy
from websockets.sync.client import connect

from dsrl_core.errors import ConfigError, InvalidRequest, SteeringUnsupported
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.frames import pack, unpack
from dsrl_core.policy.server.answer import Answerer
from dsrl_core.policy.server.websocket import PolicyServer


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
