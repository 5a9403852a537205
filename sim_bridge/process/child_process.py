"""A child process with a socket for requests; it ends at the latest when its parent does."""

import os
import signal
import socket
import struct
import subprocess
import sys
from multiprocessing import Pipe

END_TIMEOUT_S = 5.0


class ChildProcess:
    """Runs `python -m MODULE SOCKET LIFELINE`; the arguments are open file descriptors.

    It has its own process group, so that a terminal's ctrl-C reaches only the parent. The lifeline is a pipe that
    closes when the parent ends for whatever reason, which makes the child end, too.
    """

    def __init__(self, module: str) -> None:
        self._connection, theirs = Pipe()  # a pair of Unix sockets
        read_end, self._lifeline = os.pipe()
        self._timeout_s = 0.0  # as set on the socket, 0 for none
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, str(theirs.fileno()), str(read_end)],
            pass_fds=(theirs.fileno(), read_end),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            process_group=0,
        )
        theirs.close()
        os.close(read_end)

    def exchange(self, request: bytes, timeout_s: float, most: int) -> bytes:
        """Send a request and await its answer.

        Raises:
            BlockingIOError: no answer in time. The time-out is the socket's, which saves a poll per request.
            OSError, EOFError: the child is gone.
            ValueError: the answer is longer than `most` bytes; the child must be ended.
        """
        if timeout_s != self._timeout_s:
            self._set_timeout(timeout_s)
        self._connection.send_bytes(request)
        try:
            return self._connection.recv_bytes(most)
        except OSError as error:
            if self._connection.readable:
                raise
            raise ValueError(f"it is longer than {most} bytes") from error  # as `Connection` tells it

    def send(self, request: bytes) -> None:
        self._connection.send_bytes(request)

    def end(self, kill: bool = False) -> str:
        """Close the connection, so that the child ends, or kill it; returns how it ended. To be called once."""
        if kill:
            self.process.kill()
        self._connection.close()
        os.close(self._lifeline)
        try:
            code = self.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _set_timeout(self, timeout_s: float) -> None:
        timeval = struct.pack("ll", int(timeout_s), int(timeout_s % 1 * 1e6))
        with socket.socket(fileno=os.dup(self._connection.fileno())) as shared:
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        self._timeout_s = timeout_s
