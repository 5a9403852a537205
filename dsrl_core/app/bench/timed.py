"""A rollout in a process of its own, timed piece by piece at the word of its parent."""

import json
from multiprocessing import get_context
from multiprocessing.connection import Connection

from dsrl_core.app.bench.rollouts import make_rollout
from dsrl_core.errors import ConfigError, DsrlError, EnvironmentFailed

START_TIMEOUT_S = 300.0  # LIBERO's imports and its first scene on a loaded machine
PIECE_TIMEOUT_S = 120.0


class TimedRollout:
    """`make_rollout(platform, kind)` in a child, which ends with its parent; use it as a context."""

    def __init__(self, platform: str, kind: str) -> None:
        """Start the child and wait until its simulator stands.

        Raises:
            ConfigError: the simulator is not complete here.
            EnvironmentFailed: it could not start, or it died.
        """
        self._what = f"{kind} {platform}"
        spawn = get_context("spawn")  # a fork would share what this process has imported, renderers too
        self._connection, theirs = spawn.Pipe()
        self._child = spawn.Process(target=serve, args=(theirs, platform, kind), daemon=True)
        self._child.start()
        theirs.close()
        try:
            self._answer(START_TIMEOUT_S)
        except DsrlError:
            self.close()
            raise

    def __enter__(self) -> "TimedRollout":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def piece(self, seconds: float) -> float:
        """Control steps per second over at least `seconds`, and over one step at least."""
        self._connection.send_bytes(json.dumps(seconds).encode())
        return self._answer(seconds + PIECE_TIMEOUT_S)

    def close(self) -> None:
        self._child.kill()
        self._child.join()
        self._connection.close()

    def _answer(self, timeout_s: float) -> float:
        try:
            if not self._connection.poll(timeout_s):
                raise EnvironmentFailed(f"{self._what} gave no answer in {timeout_s:g} s")
            answer = json.loads(self._connection.recv_bytes())
        except (OSError, EOFError) as error:
            raise EnvironmentFailed(f"{self._what} died") from error
        if "error" in answer:
            raise (ConfigError if answer["config"] else EnvironmentFailed)(answer["error"])
        return float(answer["rate"])


def serve(connection: Connection, platform: str, kind: str) -> None:
    """Build the rollout, then time a piece for each message."""
    try:
        rollout = make_rollout(platform, kind)
        _send(connection, rate=0.0)
        while True:
            _send(connection, rate=rollout.run(json.loads(connection.recv_bytes())))
    except EOFError:
        return
    except Exception as error:  # whatever a simulator raises is for the parent to report
        name = "" if isinstance(error, DsrlError) else f"{type(error).__name__}: "
        _send(connection, error=f"{name}{error}", config=isinstance(error, ConfigError))


def _send(connection: Connection, **values: object) -> None:
    connection.send_bytes(json.dumps(values).encode())
