"""An environment in a process of its own: its crash or hang costs an episode, not the run."""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import numpy as np

from dsrl_core.environment import EnvironmentSpec, StepResult
from dsrl_core.errors import EnvironmentFailed, InvalidRequest
from dsrl_core.types import F32, U8
from sim_bridge import wire
from sim_bridge.wire import Op

START_TIMEOUT_S = 120.0  # imports, model compilation, a first GL context on a loaded machine
_END_TIMEOUT_S = 5.0


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    connection: Connection
    lifeline: int  # our end of a pipe; the child ends when it closes
    timeout_s: float = 0.0  # as set on the socket

    def exchange(self, request: bytes, timeout_s: float) -> bytes:
        """Send and await the answer; BlockingIOError after the time-out. The kernel counts it: no poll per step."""
        if timeout_s != self.timeout_s:
            _set_timeout(self.connection, timeout_s)
            self.timeout_s = timeout_s
        self.connection.send_bytes(request)
        return self.connection.recv_bytes()


class ChildEnvironment:
    """The `Environment` protocol over a child process. Not thread-safe: one caller at a time."""

    def __init__(
        self, kind: str, options: Mapping[str, str], timeout_s: float, start_timeout_s: float = START_TIMEOUT_S
    ) -> None:
        """Start the child and wait for its spec.

        Args:
            kind: a file of `sim_bridge/envs`, or the dotted path of a module with `make`.
            options: of its `make`.
            timeout_s: without an answer for longer, the child is ended.
            start_timeout_s: the same for the start.
        Raises:
            ConfigError: kind or an option is unknown.
            EnvironmentFailed: the simulator could not start.
        """
        self._kind, self._options = kind, dict(options)
        self._timeout_s, self._start_timeout_s = timeout_s, start_timeout_s
        self._child: _Child | None = None
        self._state: F32 | None = None
        self._spec, self._video = self._start()

    @property
    def spec(self) -> EnvironmentSpec:
        return self._spec

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while none runs."""
        return self._child.process.pid if self._child else None

    @property
    def has_video(self) -> bool:
        """Whether the environment offers `render_video`."""
        return self._video

    def restart(self) -> None:
        """End the child if there is one and start a fresh one; an episode begins with `reset` as always."""
        self._end()
        self._start()

    def reset(self, seed: int, variant: int = -1) -> None:
        self._state = wire.unpack_floats(self._ask(Op.RESET, wire.pack_reset(seed, variant)))

    def step(self, action: F32) -> StepResult:
        if action.shape != (self._spec.action_dim,) or action.dtype != np.float32:
            raise InvalidRequest(
                f"{self._kind} takes float32[{self._spec.action_dim}] actions, not {action.dtype}{list(action.shape)}"
            )
        result, self._state = wire.unpack_step(self._ask(Op.STEP, action.tobytes()))
        return result

    def state(self) -> F32:
        if self._state is None:
            raise EnvironmentFailed(f"the {self._kind} simulator has no state before the first reset")
        return self._state.copy()

    def render(self) -> dict[str, U8]:
        return wire.unpack_images(self._ask(Op.RENDER), self._spec)

    def render_video(self) -> U8:
        return wire.unpack_frame(self._ask(Op.RENDER_VIDEO))

    def close(self) -> None:
        """End the child; calling it again does nothing."""
        if self._child:
            try:
                self._child.connection.send_bytes(wire.message(Op.CLOSE))
                self._child.process.wait(_END_TIMEOUT_S)
            except (OSError, subprocess.TimeoutExpired):
                pass  # gone already, or hanging: ended below
        self._end()

    def _start(self) -> tuple[EnvironmentSpec, bool]:
        self._child, self._state = _spawn(), None
        body = self._ask(Op.START, wire.pack_start(self._kind, self._options), self._start_timeout_s)
        return wire.unpack_spec(body)

    def _ask(self, op: Op, body: bytes = b"", timeout_s: float | None = None) -> bytes:
        """One round trip; every failure of the child becomes EnvironmentFailed and leaves none running."""
        if self._child is None:
            raise EnvironmentFailed(f"the {self._kind} simulator is not running; restart it")
        limit = self._timeout_s if timeout_s is None else timeout_s
        try:
            answer = self._child.exchange(wire.message(op, body), limit)
        except BlockingIOError as error:
            self._child.process.kill()
            self._end()
            message = f"the {self._kind} simulator gave no answer to {op.name} in {limit:g} s and was ended"
            raise EnvironmentFailed(message) from error
        except (OSError, EOFError) as error:
            raise EnvironmentFailed(f"the {self._kind} simulator died at {op.name}: {self._end()}") from error
        if answer[0] == Op.ERROR:
            raise wire.unpack_error(answer[1:])
        return answer[1:]

    def _end(self) -> str:
        """Make sure that no child is left; how it ended, in words."""
        child, self._child, self._state = self._child, None, None
        return _reap(child) if child else "not running"


def _spawn() -> _Child:
    """A fresh interpreter in its own process group, so that a terminal's ctrl-C reaches only the parent."""
    ours, theirs = Pipe()  # a pair of Unix sockets
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "sim_bridge.serve", str(theirs.fileno()), str(read_end)],
        pass_fds=(theirs.fileno(), read_end),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
        process_group=0,
    )
    theirs.close()
    os.close(read_end)
    return _Child(process, ours, write_end)


def _set_timeout(connection: Connection, timeout_s: float) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as shared:
        timeval = struct.pack("ll", int(timeout_s), int(timeout_s % 1 * 1e6))
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)


def _reap(child: _Child) -> str:
    child.connection.close()
    os.close(child.lifeline)
    try:
        code = child.process.wait(_END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.process.kill()
        code = child.process.wait()
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
