"""What our server refuses: it says why, and where it can the connection goes on."""

import logging
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, A, D, H, our_server
from served_policy import MANY, NOISE, NOISES, Policy
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dsrl_core.errors import InvalidRequest
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.frames import MAX_FRAME, pack, unpack
from dsrl_core.policy.server import throttle


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
