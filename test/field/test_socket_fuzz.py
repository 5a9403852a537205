"""Hostile frames on the sockets of the policy's wire: to our server, in a process of its own, and to our client.

A few in each run of the tests; `-m long` sends 1,000 to each. DSRL_FUZZ_SEED repeats what a printed seed has sent.
"""

import logging
import os
import resource
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import SystemRandom
from time import monotonic
from typing import Any

import numpy as np
import pytest
from doubles.hostile_frames import BOMB, deep, frames, huge, like
from doubles.socket_fuzz import PREFIX, REPLY, SOON_S, TOLD, HostileServer, ToClient, ToServer, packed
from hypothesis import strategies as st
from message_strategies import thrown
from policy_process import PolicyProcess
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dsrl_core.policy.remote import link
from dsrl_core.policy.remote.frames import MAX_FRAME

FEW, MANY = 25, 1_000
MAX_GROWTH_MB = 400
LINES_OF_A_KIND_S = 10.0

counts = pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])


def hammer(count: int, sure: Sequence[Any], values: Any, send: Callable[[Any], None]) -> None:
    """Send what is sure to be hostile, then `count` drawn values; the first failure says what was sent."""
    number = int(os.environ.get("DSRL_FUZZ_SEED", "0")) or (1 if count == FEW else SystemRandom().getrandbits(32))
    print(f"DSRL_FUZZ_SEED={number}: {len(sure)} + {count} frames")

    @thrown(count, number, values)
    def each(value: Any) -> None:
        send(value)

    for value in sure:
        send(value)
    each()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PolicyProcess]:
    server = PolicyProcess(tmp_path_factory.mktemp("server") / "server.log")
    yield server
    server.kill()


def hostile_requests(sound: dict[str, Any]) -> list[bytes]:
    state = sound["state"].astype(np.float64)
    objects = {b"__ndarray__": True, b"data": BOMB, b"dtype": "O", b"shape": [1]}
    changes: list[dict[str, Any]] = [{"method": np.zeros(2)}, {"pool": np.zeros(2), "method": "get_prefix_rep"}]
    changes += [{"state": state + 1e300}, {"state": state + 3e38}, {"noise": sound["noise"] + np.float64(1e39)}]
    changes += [{"state": objects}, {"request_id": np.zeros(2)}, {"prompt": "a" * 10_000_000, "pool": "b" * 10_000_000}]
    changes += [{"method": "m" * 1_000_000}, {"images": {f"{number}": 0 for number in range(100_000)}}]
    return [*(packed({**sound, **change}) for change in changes), deep(1_020), deep(100_000)]


@counts
def test_our_server_answers_hostile_frames_and_serves_on(count: int, server: PolicyProcess):
    to, started = ToServer(server), monotonic()
    before, lines = to.peak_mb(), len(to.log_lines())
    hammer(count, hostile_requests(to.sound), frames(to.sound), to)
    taken_s, grown, log = monotonic() - started, to.peak_mb() - before, to.log_lines()[lines:]
    told = f"{to.refused} refused, {to.answered} answered, {to.closed} closed, {len(log)} lines, {grown:.0f} MB"
    print(f"{told}, {taken_s:.0f} s")
    assert to.refused > count / 3
    assert grown < MAX_GROWTH_MB
    assert not any("Traceback" in line for line in log), log
    assert len(log) < 4 * (taken_s / LINES_OF_A_KIND_S + 2)
    to.socket.close()


def test_our_server_outlives_what_is_no_websocket_and_what_is_too_long(server: PolicyProcess):
    to = ToServer(server)
    for raw in (b"\0" * 100, b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 70_000, b"GET /" + b"a" * 70_000, b""):
        with socket.create_connection(("127.0.0.1", server.port), SOON_S) as plain, suppress(OSError):
            plain.sendall(raw)
            plain.shutdown(socket.SHUT_WR)
            plain.recv(100)
    with connect(server.address, compression=None, additional_headers=[("Authorization", "a")] * 2) as other:
        other.recv(SOON_S)
        with suppress(ConnectionClosed):  # sooner or later in sending
            other.send(b"\0" * (MAX_FRAME + 1))
        with pytest.raises(ConnectionClosed, match="1009"):
            other.recv(SOON_S)
    to.check_sound()
    assert not any("Traceback" in line for line in to.log_lines())
    to.socket.close()


def told(**change: Any) -> bytes:
    return packed({"steering": {**TOLD, **change}})


SHAPES = ([4], [-4, 3], [2**40, 2**20], [float("inf"), 3], [[4], [3]], "43", [4.5, 3])
RAGGED = ([[1.0], [1.0, 2.0]], [[1.0, None]] * 4, [10**18, -(10**18)], [[1e300] * 2] * 4)
HOSTILE = [
    *(("as_metadata", told(noise_shape=shape)) for shape in SHAPES),
    ("as_metadata", told(methods=["get_prefix_rep"], prefix_dim=float("inf"))),
    ("as_metadata", packed({"steering": [1]})),
    *(("as_reply", packed({**REPLY, "actions": actions})) for actions in RAGGED),
    ("as_reply", packed({**REPLY, "actions": {b"__ndarray__": True, b"data": BOMB, b"dtype": "O", b"shape": [1]}})),
    ("as_reply", "InvalidRequest: \x1b[2J" + "a" * 1_000_000),
    ("as_reply", "line\n" * 100_000),
    *(("beside", packed(REPLY)) for _ in range(3)),
]
hostile = st.one_of(
    st.tuples(st.just("as_reply"), frames(REPLY)),
    st.tuples(st.just("as_reply"), frames(PREFIX)),
    st.tuples(st.just("as_metadata"), like(TOLD).map(lambda each: packed({"steering": each}))),
    st.tuples(st.just("as_metadata"), frames({"steering": TOLD})),
    st.tuples(st.just("beside"), st.one_of(st.just(packed(REPLY)), huge)),
)


@counts
def test_our_client_outlives_a_hostile_server_and_believes_no_wrong_chunk(
    count: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(link, "FIRST_PAUSE_S", 0.01)  # it connects again after almost each frame
    server, started = HostileServer(), monotonic()
    to, before = ToClient(server), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with caplog.at_level(logging.WARNING):
        hammer(count, HOSTILE, hostile, to)
    to.client.close()
    server.kill()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    what = f"{to.raised} errors, {to.accepted} sound by chance, {to.ended} clients ended with a reason, {grown:.0f} MB"
    print(f"{what}, {monotonic() - started:.0f} s")
    assert to.raised > count / 4
    assert grown < MAX_GROWTH_MB
    ours = [record for record in caplog.records if record.name.startswith(("asyncio", "dsrl", "websockets.client"))]
    assert not ours, [record.getMessage() for record in ours]
