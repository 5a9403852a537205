"""Policy servers on a real socket: stand-ins that behave as documented and break on order, and ours in a thread."""

import asyncio
import socket
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import sleep
from typing import Any

import numpy as np
from openpi_client import msgpack_numpy
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from dsrl_core.policy.server.answer import Answerer
from dsrl_core.policy.server.served import Served
from dsrl_core.policy.server.websocket import PolicyServer

H, D, A, WIDTH, TOKENS = 4, 3, 2, 5, 6
EXAMPLE = {"state": np.arange(3, dtype=np.float32), "prompt": "do something"}


def actions_of(noise: np.ndarray, state: np.ndarray) -> np.ndarray:
    """What the stand-ins decode, float64 as openpi may answer."""
    return np.tanh(noise.reshape(H, D)[:, :A].astype(np.float64)) + state.sum()


class FakeServer:
    """`kind`: "stock" ignores noise and draws its own, "fork" takes it and says nothing, "told" says so and confirms.

    `faults` are carried out one per request: die, late, text, nan, garbage, empty, unconfirmed, ragged, twice, wordy,
    or "" for none. `told` is added to what it tells of its steering; with `request_ids` it repeats them, and with the
    fault "shifted" a wrong one.
    """

    def __init__(self, kind: str, port: int = 0) -> None:
        self.kind, self.faults, self.requests = kind, list[str](), list[dict[str, Any]]()
        self.frames, self.told = list[bytes](), dict[str, Any]()
        self.handshake_s, self.late_s, self.horizon = 0.0, 0.5, H
        self._rng = np.random.default_rng(0)
        self._open: set[ServerConnection] = set()
        self._server = serve(self._converse, "127.0.0.1", port, compression=None, max_size=None)
        self.port = self._server.socket.getsockname()[1]
        self.address = f"ws://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """Gone at once, with every connection."""
        self._server.shutdown()
        self.kill_connections()
        self._thread.join()

    def kill_connections(self) -> None:
        """Cut every connection, and listen on."""
        for connection in list(self._open):
            _cut(connection)

    def metadata(self) -> dict[str, Any]:
        if self.kind != "told":
            return {"robot": "none"}
        told = {"version": 1, "noise_shape": [self.horizon, D], "noise_dtype": "float32", "methods": ["get_prefix_rep"]}
        return {"steering": {**told, "action_shape": [self.horizon, A], "prefix_dim": WIDTH, **self.told}}

    def _converse(self, connection: ServerConnection) -> None:
        self._open.add(connection)
        with suppress(ConnectionClosed, OSError):
            sleep(self.handshake_s)
            connection.send(msgpack_numpy.packb(self.metadata()))
            for frame in connection:
                assert isinstance(frame, bytes)
                self.frames.append(frame)
                self._reply(connection, msgpack_numpy.unpackb(frame))
        self._open.discard(connection)

    def _reply(self, connection: ServerConnection, request: dict[str, Any]) -> None:
        self.requests.append(request)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "die":
            return self.kill_from_within(connection)
        if fault == "late":
            sleep(self.late_s)
        if fault == "text":
            try:
                raise KeyError("observation/state")
            except KeyError:
                connection.send(traceback.format_exc())
            return connection.close(1011, "Internal server error. Traceback included in previous frame.")
        if fault == "garbage":
            return connection.send(b"\xc1\xff\x00")
        if fault == "wordy":
            return connection.send("InvalidRequest: \x1b[2J" + "no " * 1_000_000)
        reply = self._answer(request, fault)
        if "request_id" in request:
            reply["request_id"] = request["request_id"] - (fault == "shifted")
        for _ in range(2 if fault == "twice" else 1):
            connection.send(msgpack_numpy.packb(reply))
        return None

    def kill_from_within(self, connection: ServerConnection) -> None:
        _cut(connection)

    def _answer(self, request: dict[str, Any], fault: str) -> dict[str, Any]:
        if request.get("method") == "get_prefix_rep" and self.kind != "stock":
            tokens = np.arange(TOKENS * WIDTH, dtype=np.float32).reshape(1, TOKENS, WIDTH) + request["state"].sum()
            return {"prefix_rep": tokens if self.kind == "fork" else tokens[0, -1]}
        given = "noise" in request and self.kind != "stock"
        noise = request["noise"] if given else self._rng.standard_normal((1, H, D))
        reply = {"actions": actions_of(noise, request["state"]), "server_timing": {"infer_ms": 0.5}}
        if fault == "nan":
            reply["actions"][0, 0] = np.nan
        if fault == "ragged":
            reply["actions"] = [[1.0], [1.0, 2.0]]
        if fault == "empty":
            del reply["actions"]
        if given and self.kind == "told" and fault != "unconfirmed":
            reply["noise_applied"] = True
        return reply


def _cut(connection: ServerConnection) -> None:
    with suppress(OSError):
        connection.socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def our_server(policy: Served, api_key: str = "", warm_s: float = 60.0) -> Iterator[str]:
    """Our server around a policy, in a thread; the address where it listens once it is warm."""
    loop, listening, address = asyncio.new_event_loop(), Event(), list[str]()

    def heard(where: str) -> None:
        address.append(where)
        listening.set()

    server = PolicyServer(Answerer(policy), "127.0.0.1", 0, api_key)
    serving = loop.create_task(server.run(heard))

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)
        loop.close()

    thread = Thread(target=work, daemon=True)
    thread.start()
    assert listening.wait(warm_s), "our server does not listen"
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
