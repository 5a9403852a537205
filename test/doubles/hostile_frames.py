"""Frames that no sound peer sends: damaged bytes, lies about sizes, impossible values; strategies of hypothesis."""

import os
import pickle
from typing import Any

import msgpack
from hypothesis import strategies as st

from doubles.socket_fuzz import packed

WORDS = ("state", "images", "prompt", "noise", "method", "pool", "request_id", "actions", "noise_applied", "prefix_rep")
WORDS += ("server_timing", "steering", "version", "noise_shape", "noise_dtype", "action_shape", "methods", "prefix_dim")
DTYPES = ("O", "|O8", "<f4", "<f8", "<i8", "|u1", "|b1", "<U0", "<U3", "S0", "V8", "<c16", "<M8[ns]", "f4,f4", "f4", "")


class Bomb:
    """Ends the process of whoever unpickles it."""

    def __reduce__(self) -> Any:
        return os._exit, (99,)


BOMB = pickle.dumps([Bomb()])

numbers = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from((0, 1, -1, 2**31, 2**63)),
    st.floats(),
    st.sampled_from((float("nan"), float("inf"), 1e300, -1e39)),
)
leaves = st.one_of(
    st.none(), st.booleans(), numbers, st.text(max_size=20), st.binary(max_size=20), st.sampled_from(WORDS)
)
keys = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))


def lies(values: Any = leaves) -> Any:
    """Arrays whose dtype, shape and data do not belong together, and scalars alike."""
    shape = st.one_of(
        st.lists(numbers, max_size=40), st.just([2**40, 2**40]), st.just([-1]), st.just([2**62, 0]), values
    )
    data = st.one_of(st.binary(max_size=64), st.just(BOMB), st.just(b"\0\0\x80\x7f" * 4), values)
    dtype = st.one_of(st.sampled_from(DTYPES), values)
    array = st.fixed_dictionaries({b"__ndarray__": st.just(True), b"data": data, b"dtype": dtype, b"shape": shape})
    part = st.fixed_dictionaries({b"__ndarray__": st.just(True)}, optional={b"data": data, b"dtype": dtype})
    scalar = st.fixed_dictionaries({b"__npgeneric__": st.just(True), b"data": values, b"dtype": dtype})
    return st.one_of(array, part, scalar)


def inner(values: Any) -> Any:
    return st.one_of(st.lists(values, max_size=5), st.dictionaries(keys, values, max_size=5))


trees = st.recursive(st.one_of(leaves, lies()), inner, max_leaves=12)


def like(sound: dict[str, Any]) -> Any:
    """The sound message with one value replaced, left out or added."""
    changed = st.tuples(st.sampled_from([*sound, *WORDS]), trees).map(lambda change: {**sound, change[0]: change[1]})
    short = st.sampled_from([*sound]).map(lambda key: {name: sound[name] for name in sound if name != key})
    return st.one_of(changed, short)


def damaged(frame: bytes) -> Any:
    """The frame cut short, longer, or with one other byte."""
    place, byte = st.integers(0, len(frame) - 1), st.integers(0, 255)
    cut = place.map(lambda at: frame[:at])
    flipped = st.tuples(place, byte).map(
        lambda change: frame[: change[0]] + bytes([change[1]]) + frame[change[0] + 1 :]
    )
    return st.one_of(cut, flipped, st.binary(min_size=1, max_size=20).map(lambda more: frame + more))


def deep(levels: int) -> bytes:
    return b"\x81\xa1a" * levels + b"\xc0"


huge = st.sampled_from(
    (
        *(head + b"\xff\xff\xff\xff" for head in (b"\xdd", b"\xdf", b"\xc6", b"\xdb", b"\xc9")),
        (b"\xdd" + (2**20).to_bytes(4, "big")) * 900 + b"\xc0" * 2**20,  # lists within lists, each promising a million
        b"\xdd" + (2**22).to_bytes(4, "big") + b"\x80" * 2**22,  # four million maps
        b"\x81\xa1a\xdd" + (2**20).to_bytes(4, "big") + b"\x90" * 2**20,
        *(deep(levels) for levels in (17, 300, 1_020, 1_030, 100_000)),
        b"\x91" * 1_020 + b"\xc0",
        msgpack.packb({"state": msgpack.ExtType(5, b"x"), "prompt": msgpack.Timestamp(1, 2)}),
        b"",
    )
)


def frames(sound: dict[str, Any]) -> Any:
    """Frames around a sound message: bytes, or text."""
    wrong = st.one_of(like(sound), trees, like(sound)).map(packed)
    return st.one_of(wrong, damaged(packed(sound)), huge, st.binary(max_size=200), st.text(max_size=50))
