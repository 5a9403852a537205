"""One hostile frame at a time, to our server or to our client, and a sound exchange after each."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
from openpi_client import msgpack_numpy
from policy_process import PolicyProcess
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, CloseCode
from websockets.sync.client import ClientConnection, connect

from doubles.policy_servers import EXAMPLE, WIDTH, A, D, FakeServer, H, actions_of
from dsrl_core.config.resolve import load_run
from dsrl_core.errors import InvalidRequest, PolicyError
from dsrl_core.policy.embodiments import plain
from dsrl_core.policy.remote.client import PolicyClient
from dsrl_core.policy.remote.link import Patience

SOON_S = 60.0  # a bound on what hangs, not a measure
NOISE = np.random.default_rng(1).standard_normal((H, D)).astype(np.float32)
REPLY = {"actions": actions_of(NOISE, EXAMPLE["state"]), "noise_applied": True, "server_timing": {"infer_ms": 0.5}}
PREFIX = {"prefix_rep": np.ones(WIDTH, np.float32)}
TOLD = {"version": 1, "noise_shape": [H, D], "noise_dtype": "float32", "methods": [], "action_shape": [H, A]}


def packed(message: Any) -> bytes:
    frame: bytes = msgpack_numpy.packb(message)
    return frame


class ToServer:
    """Sends frames, each followed by a sound request, whose answer must be the same chunk every time."""

    def __init__(self, server: PolicyProcess) -> None:
        self.server, self.refused, self.answered, self.closed = server, 0, 0, 0
        self.socket, metadata = self.connected()
        self.shape = (1, *metadata["steering"]["noise_shape"])
        example = plain.make(load_run("reach", "test").platform).example()
        noise = np.random.default_rng(0).standard_normal(self.shape).astype(np.float32)
        self.sound = {**example, "noise": noise, "method": "infer"}
        self.chunk = self.asked(packed(self.sound))["actions"]

    def connected(self) -> tuple[ClientConnection, dict[str, Any]]:
        socket = connect(self.server.address, compression=None, max_size=None, ping_interval=None)
        return socket, msgpack_numpy.unpackb(socket.recv(SOON_S))

    def asked(self, frame: bytes) -> dict[str, Any]:
        self.socket.send(frame)
        answer = self.socket.recv(SOON_S)
        assert isinstance(answer, bytes), answer
        return msgpack_numpy.unpackb(answer)

    def __call__(self, frame: bytes | str) -> None:
        try:
            self.socket.send(frame)
            self._check(self.socket.recv(SOON_S))
        except ConnectionClosed as error:
            self._check_closed(error.rcvd)
            self.socket, _ = self.connected()
        self.check_sound()

    def _check_closed(self, frame: Close | None) -> None:
        assert frame is not None, "the server vanished"
        assert frame.code != CloseCode.INTERNAL_ERROR, "the server failed"
        self.closed += 1

    def check_sound(self) -> None:
        np.testing.assert_array_equal(self.asked(packed(self.sound))["actions"], self.chunk)

    def _check(self, answer: bytes | str) -> None:
        if isinstance(answer, str):
            assert answer.startswith("InvalidRequest: "), answer
            assert len(answer) < 600
            self.refused += 1
            return
        reply = msgpack_numpy.unpackb(answer)
        values = reply["actions"] if "actions" in reply else reply["prefix_rep"]
        assert np.isfinite(values).all(), "only finite answers leave"
        self.answered += 1

    def log_lines(self) -> list[str]:
        return self.server.log().splitlines()

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024


class HostileServer(FakeServer):
    """A sound server but for one frame: as metadata, as a reply, or beside a reply."""

    def __init__(self) -> None:
        self.as_metadata: list[bytes | str] = []
        self.as_reply: list[bytes | str] = []
        self.beside: list[bytes | str] = []
        super().__init__("told")

    def _converse(self, connection: Any) -> None:
        if not self.as_metadata:
            return super()._converse(connection)
        with suppress(ConnectionClosed, OSError):
            connection.send(self.as_metadata.pop())
            connection.recv(SOON_S)
        return None

    def _reply(self, connection: Any, request: dict[str, Any]) -> None:
        if self.as_reply:
            return connection.send(self.as_reply.pop())
        super()._reply(connection, request)
        if self.beside:
            connection.send(self.beside.pop())
        return None


class ToClient:
    """Gives the client one hostile frame, then asks it soundly: the chunk must be that of its own noise."""

    def __init__(self, server: HostileServer) -> None:
        self.server, self.ended, self.accepted, self.raised, self.asked = server, 0, 0, 0, 0
        self.client = self.connected()

    def connected(self) -> PolicyClient:
        client = PolicyClient(self.server.address, patience=Patience(SOON_S, SOON_S))
        client.connect(SOON_S)
        return client

    def __call__(self, drawn: tuple[str, bytes | str]) -> None:
        place, frame = drawn
        getattr(self.server, place).append(frame)
        match place:
            case "as_metadata":
                self.server.kill_connections()
            case "as_reply" if b"prefix_rep" in packed(frame)[:40]:
                self._try(lambda: self.client.prefix_rep(EXAMPLE, timeout_s=SOON_S), (WIDTH,))
            case _:
                self._try(lambda: self._chunk(is_confirmed(frame)), (H, A))
        self._ask_soundly()

    def _ask_soundly(self) -> None:
        """What comes is the right chunk; a frame that lies beside a reply may cost one call, or two."""
        for _ in range(3):
            self._recover()
            try:
                self._check_chunk()
                return
            except PolicyError as error:
                self._check_error(error)
        raise AssertionError("the client does not recover")

    def _check_chunk(self) -> None:
        self.asked += 1
        noise = np.random.default_rng(self.asked).standard_normal((H, D)).astype(np.float32)
        got = self.client.infer(EXAMPLE, noise=noise, timeout_s=SOON_S)
        np.testing.assert_array_equal(got.actions, actions_of(noise, EXAMPLE["state"]).astype(np.float32))

    def _chunk(self, confirmed: bool) -> np.ndarray:
        got = self.client.infer(EXAMPLE, noise=NOISE, timeout_s=SOON_S).actions
        if not confirmed:
            np.testing.assert_array_equal(got, REPLY["actions"].astype(np.float32))
        return got

    def _try(self, ask: Callable[[], np.ndarray], shape: tuple[int, ...]) -> None:
        try:
            got = ask()
        except (PolicyError, InvalidRequest) as error:
            self._check_error(error)
            return
        assert got.shape == shape
        assert np.isfinite(got).all()
        self.accepted += 1

    def _check_error(self, error: Exception) -> None:
        assert self.server.address in str(error)
        assert len(str(error)) < 1_000
        self.raised += 1

    def _recover(self) -> None:
        """Wait until the client is back; one that has ended with its reason is replaced by a new one."""
        until, ready = monotonic() + SOON_S, 0
        while ready < 3:
            assert monotonic() < until, "the client neither comes back nor gives up"
            try:
                ready = ready + 1 if self.client.ready and not self.server.as_metadata else 0
            except PolicyError as error:
                self._check_error(error)
                self.client.close()
                self.ended, self.client = self.ended + 1, self.connected()
            sleep(0.005)


def is_confirmed(frame: bytes | str) -> bool:
    """Whether a frame of sound size is, for whoever decodes it, a confirmed reply."""
    with suppress(Exception):
        assert len(frame) < 10_000  # openpi's own decoder takes what it is given
        return msgpack_numpy.unpackb(frame).get("noise_applied") is True
    return False
