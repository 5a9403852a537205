"""What is never decoded, however little of the wire asks for it."""

import tracemalloc
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from doubles.hostile_frames import BOMB, deep, huge, lies, trees
from hypothesis import given, settings
from hypothesis import strategies as st
from openpi_client import msgpack_numpy

from dsrl_core.errors import PolicyProtocolError, excerpt
from dsrl_core.policy.remote.frames import MAX_DEPTH, MAX_ENTRIES, MAX_FRAME, MAX_VALUES, unpack


def array(**parts: Any) -> bytes:
    told: dict[bytes, Any] = {b"__ndarray__": True, b"data": b"\0" * 8, b"dtype": "<f4", b"shape": [2]}
    told |= {key.encode(): value for key, value in parts.items()}
    return msgpack.packb({"a": {"b": told}})


def scalar(dtype: Any, data: Any) -> bytes:
    return msgpack.packb({"a": {"b": {b"__npgeneric__": True, b"dtype": dtype, b"data": data}}})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (array(dtype="O", data=BOMB), "a/b has the dtype O"),
        (array(dtype="f4,f4"), "a/b has the dtype"),
        (array(dtype="<c8"), "a/b has the dtype"),
        (array(dtype="<M8[s]"), "a/b has the dtype"),
        (array(dtype="<U0", data=b"", shape=[2**40]), "of no bytes"),
        (array(dtype=5), "a/b has the dtype 5"),
        (array(shape=[-2]), r"a/b has the shape \[-2\]"),
        (array(shape=[2.0]), "a/b has the shape"),
        (array(shape=[True, 2]), "a/b has the shape"),
        (array(shape=[1] * 40), "a/b has the shape"),
        (array(shape=2), "a/b has the shape 2"),
        (array(shape=[2**62, 2**62]), "a/b has the shape"),
        (array(shape=[3]), r"a/b holds 8 bytes where <f4\[3\] takes 12"),
        (array(data="text"), "a/b holds text where"),
        (array(data=None), "a/b holds None where"),
        (scalar("|i1", 300), "300"),
        (scalar("<f4", [1.0, 2.0]), "a/b is .*, no <f4"),
        (scalar("O", 1), "a/b has the dtype O"),
        (msgpack.packb({"a": msgpack.ExtType(3, b"x")}), "no msgpack-numpy"),
        (msgpack.packb({"a": msgpack.Timestamp(1)}), "max_ext_len"),
        (msgpack.packb({"a": {b"b": 1}}), "a has the key 1 bytes; expected a map with text keys"),
        (deep(MAX_DEPTH + 1), "lies in more than 16 maps and lists"),
        (deep(1_020), "lies in more than 16"),
        (deep(1_030), "no msgpack-numpy"),
        (msgpack.packb({"a": [0] * (MAX_ENTRIES + 1)}), "max_array_len"),
        (msgpack.packb({"a": [[0] * MAX_ENTRIES] * 14}), f"more than {MAX_VALUES} values; send arrays"),
        (b"\0" * (MAX_FRAME + 1), f"at most {MAX_FRAME} bytes are read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused_and_where_it_lies(frame: bytes, message: str):
    with pytest.raises(PolicyProtocolError, match=message) as caught:
        unpack(frame)
    assert len(str(caught.value)) < 400


def test_what_others_send_is_read():
    sound = {
        "text": np.array("a prompt"),
        "bytes": np.array([b"ab"]),
        "flags": np.array([True]),
        "half": np.zeros((2, 0, 3), np.float16),
        "scalar": np.float64(0.5),
        "none": None,
        "lists": [[1, 2.5], {"a": b"c"}],
    }
    back, same = unpack(msgpack_numpy.packb(sound)), msgpack_numpy.unpackb(msgpack_numpy.packb(sound))
    assert back.keys() == same.keys()
    for key, value in same.items():
        assert type(back[key]) is type(value)
        np.testing.assert_equal(back[key], value)
    deepest = deep(MAX_DEPTH)
    assert unpack(deepest) == msgpack.unpackb(deepest)


@given(st.one_of(trees, lies()).map(msgpack_numpy.packb) | st.binary(max_size=60))
def test_any_frame_is_a_message_or_an_error(frame: bytes):
    try:
        message = unpack(frame)
    except PolicyProtocolError:
        return
    assert isinstance(message, dict)


@settings(max_examples=25)
@given(huge)
def test_no_frame_takes_more_memory_than_some_times_its_length(frame: bytes):
    tracemalloc.start()
    with pytest.raises(PolicyProtocolError):
        unpack(frame)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 2**20, "lists within lists, each of which promises a million values"


def test_an_excerpt_is_one_short_printable_line(tmp_path: Path):
    assert excerpt("a\n\x1b[2J b", 20) == "a [2J b"
    assert len(excerpt("x" * 10**7)) == len(excerpt(["x" * 10**6] * 10**6)) == 200 or len(excerpt(["x"] * 10**6)) < 200
    assert excerpt(b"\0" * 10**7) == "10000000 bytes"
    assert excerpt({"a": [1, None]}) == "{'a': [1, None]}"
    assert excerpt(np.zeros((1000, 1000)), 60).isprintable()
