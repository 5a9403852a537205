"""The messages of the policy server, byte by byte, and what the client refuses."""

import msgpack
import numpy as np
import pytest
from doubles.policy_servers import EXAMPLE, A, D, FakeServer, H
from openpi_client import msgpack_numpy
from openpi_client.websocket_client_policy import WebsocketClientPolicy

from dsrl_core.errors import InvalidRequest, PolicyProtocolError
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.frames import pack, unpack
from dsrl_core.policy.remote.messages import check_noise, check_observation
from dsrl_core.policy.remote.metadata import advertised, advertisement
from dsrl_core.policy.remote.replies import numbers, read_chunk, read_prefix
from dsrl_core.types import PolicySpec

NOISE = np.arange(H * D, dtype=np.float32).reshape(H, D)


def test_an_array_is_these_bytes():
    frame = pack({"noise": np.array([[1.0, -2.0]], np.float32)})
    inner = (
        b"\xc4\x0b__ndarray__\xc3\xc4\x04data\xc4\x08\x00\x00\x80?\x00\x00\x00\xc0"
        b"\xc4\x05dtype\xa3<f4\xc4\x05shape\x92\x01\x02"
    )
    assert frame == b"\x81\xa5noise\x84" + inner
    assert frame == msgpack_numpy.packb({"noise": np.array([[1.0, -2.0]], np.float32)})
    raw = msgpack.unpackb(frame)["noise"]
    assert raw == {b"__ndarray__": True, b"data": np.float32([1, -2]).tobytes(), b"dtype": "<f4", b"shape": [1, 2]}


def test_we_send_what_openpi_client_sends_and_our_keys_beside_it():
    server = FakeServer("stock")
    try:
        stock = WebsocketClientPolicy(server.address)
        stock.infer(EXAMPLE)
        stock.infer({**EXAMPLE, "noise": NOISE[None]})
        stock._ws.close()
    finally:
        server.kill()
    told = FakeServer("told")
    client = PolicyClient(told.address)
    try:
        client.infer(EXAMPLE, noise=NOISE)
    finally:
        client.close()
        told.kill()
    assert told.frames == [server.frames[1]]
    assert server.frames[0] == pack(EXAMPLE)


def test_what_is_packed_comes_back_the_same_and_read_only():
    message = {"a": np.arange(6, dtype=np.uint8).reshape(1, 2, 3), "b": {"c": np.float32(2.5), "d": "text"}, "e": 3}
    back = unpack(pack(message))
    assert back["a"].tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert back["a"].dtype == np.uint8
    assert not back["a"].flags.writeable
    assert (back["b"], back["e"]) == ({"c": 2.5, "d": "text"}, 3)


@pytest.mark.parametrize("value", [np.array([object()]), np.array([1j]), object()])
def test_what_has_no_place_on_the_wire_is_refused(value: object):
    with pytest.raises(InvalidRequest, match="a request must hold arrays"):
        pack({"state": value})


@pytest.mark.parametrize("frame", [b"", b"\xc1", b"\x01", b"\x81\x01\x02", b"\x81\xa1a", pack({"a": NOISE})[:-1]])
def test_a_damaged_frame_is_no_reply(frame: bytes):
    with pytest.raises(PolicyProtocolError, match="frame"):
        unpack(frame)


def test_an_array_that_lies_about_its_size_is_no_reply():
    lie = {b"__ndarray__": True, b"data": b"\0" * 4, b"dtype": "<f4", b"shape": [2]}
    with pytest.raises(PolicyProtocolError, match="no msgpack-numpy"):
        unpack(msgpack.packb({"actions": lie}))


def test_a_policy_is_advertised_as_it_is():
    for spec in (PolicySpec((50, 32), (50, 7), 2048), PolicySpec((10, 8), (10, 8))):
        assert advertised({"steering": unpack(pack(advertisement(spec)))}) == spec
    told = advertisement(PolicySpec((50, 32), (50, 7), 2048))
    assert (told["noise_shape"], told["noise_dtype"], told["version"]) == ([50, 32], "float32", 1)
    assert told["methods"] == ["get_prefix_rep"]
    assert advertised({}) is None
    least = {"version": 1, "noise_shape": [10, 32], "noise_dtype": "float32", "methods": []}
    assert advertised({"steering": least}) == PolicySpec((10, 32), (10, 0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2 with float32 noise"),
        ({"version": True}, "version True with float32 noise"),
        ({"version": np.ones(2)}, "with float32 noise; this client version 1"),
        ({"noise_dtype": "float64"}, "version 1 with float64 noise"),
        ({"noise_shape": [4]}, r"steering\.noise_shape must be two whole numbers; it is \[4\]"),
        ({"noise_shape": None}, r"steering\.noise_shape must be two whole numbers; it is missing"),
        ({"noise_shape": [4.0, 3]}, r"steering\.noise_shape must be two whole"),
        ({"noise_shape": [-4, 3]}, r"steering\.noise_shape must be 1 and 1 to 10000"),
        ({"noise_shape": [4, 2**40]}, r"steering\.noise_shape must be 1 and 1 to 10000"),
        ({"noise_shape": [9_999, 9_999]}, "1000000 numbers at most"),
        ({"noise_shape": {"a": 1, "b": 2}}, r"steering\.noise_shape must be two whole"),
        ({"action_shape": []}, r"steering\.action_shape must be two whole numbers"),
        ({"action_shape": [0, 2]}, r"steering\.action_shape must be 1 and 0 to"),
        ({"methods": "get_prefix_rep"}, r"steering\.methods must be a list of names"),
        ({"methods": ["get_prefix_rep"], "prefix_dim": float("inf")}, r"steering\.prefix_dim must be a whole number"),
        ({"methods": ["get_prefix_rep"], "prefix_dim": -1}, r"steering\.prefix_dim must be a whole number"),
    ],
)
def test_an_advertisement_that_is_not_ours_is_refused(change: dict[str, object], message: str):
    with pytest.raises(PolicyProtocolError, match=message):
        advertised({"steering": {**advertisement(PolicySpec((4, 3), (4, 2))), **change}})


def test_noise_is_checked_before_it_is_sent():
    for same in (NOISE, NOISE[None], NOISE.astype(np.float64), NOISE.astype(np.int64), np.asfortranarray(NOISE)):
        checked = check_noise(same, (H, D))
        assert (checked.dtype, checked.flags.c_contiguous) == (np.float32, True)
        np.testing.assert_array_equal(checked, NOISE)
    for wrong in (
        NOISE[:1],
        NOISE[None, None],
        NOISE.T,
        np.zeros((2, H, D)),
        NOISE * np.nan,
        NOISE.astype(float) + 1e300,
        "noise",
        None,
    ):
        with pytest.raises(InvalidRequest, match="noise must"):
            check_noise(wrong, (H, D))


def test_an_observation_must_be_finite_and_leave_our_keys_alone():
    check_observation(EXAMPLE)
    for key in ("noise", "method", "pool"):
        with pytest.raises(InvalidRequest, match=f"'{key}' is reserved"):
            check_observation({**EXAMPLE, key: NOISE})
    for wrong in (np.array([1.0, np.inf]), np.full(2, 1e300), float("nan"), -1e39, [0.0, [1e39]], np.float64(1e300)):
        with pytest.raises(InvalidRequest, match="state must be finite, holds NaN, infinity or a value beyond float32"):
            check_observation({"inner": {"state": wrong}})
    check_observation({"state": [3e38, 2**63], "text": np.array(["a"]), "inner": ({"a": None},)})


def test_a_chunk_is_float32_finite_and_writable():
    chunk = read_chunk({"actions": np.zeros((H, A), np.float64), "server_timing": {"infer_ms": 3, "x": "y"}}, NOISE)
    assert chunk.actions.dtype == np.float32
    assert chunk.actions.flags.writeable
    assert (chunk.timing, chunk.noise is NOISE) == ({"infer_ms": 3.0}, True)
    wrong = {"actions": np.zeros(H)}, {"actions": np.full((H, A), np.nan)}, {"actions": "none"}, {}, {"actions": None}
    wrong += ({"actions": [[1.0], [1.0, 2.0]]}, {"actions": [[2**70]]}, {"actions": [[1e300]]}, {"actions": [["a"]]})
    wrong += ({"actions": [[np.zeros(2)], [np.zeros(3)]]}, {"actions": np.full((H, A), 1e300)}, {"k" * 9_999: 1})
    for reply in wrong:
        with pytest.raises(PolicyProtocolError, match="actions") as caught:
            read_chunk(reply, None)
        assert len(str(caught.value)) < 400


def test_of_the_timing_only_durations_are_taken():
    told = {"infer_ms": 3, "nan": float("nan"), "inf": float("inf"), "flag": True, "list": [1], "n" * 999: 1.0}
    chunk = read_chunk({"actions": np.zeros((H, A)), "server_timing": {**told, **{str(n): n for n in range(99)}}}, None)
    assert chunk.timing["infer_ms"] == 3.0
    assert not {"nan", "inf", "flag", "list"} & set(chunk.timing)
    assert len(chunk.timing) <= 32
    assert max(map(len, chunk.timing)) <= 40
    assert not read_chunk({"actions": np.zeros((H, A)), "server_timing": [1]}, None).timing


def test_a_prefix_is_pooled_where_the_server_has_not():
    tokens = np.arange(12, dtype=np.float64).reshape(1, 4, 3)
    assert read_prefix({"prefix_rep": tokens}, "last").tolist() == [9, 10, 11]
    assert read_prefix({"prefix_rep": tokens[0]}, "mean").tolist() == [4.5, 5.5, 6.5]
    assert read_prefix({"prefix_rep": tokens[0, 0]}, "mean").tolist() == [0, 1, 2]
    for wrong in (tokens.repeat(2, axis=0), tokens[..., None], np.zeros(0), np.array(1.0), tokens * np.nan):
        with pytest.raises(PolicyProtocolError, match="prefix_rep"):
            read_prefix({"prefix_rep": wrong}, "last")
    with pytest.raises(PolicyProtocolError, match="array of numbers"):
        numbers(np.array(["a"]), "prefix_rep")
