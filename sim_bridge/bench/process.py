"""A rollout in a process of its own, timed piece by piece at the word of its parent."""

import json
import sys
from multiprocessing.connection import Connection

from dsrl_core.errors import ConfigError, DsrlError, EnvironmentFailed
from sim_bridge.child_process import ChildProcess
from sim_bridge.serve import end_with_parent

START_TIMEOUT_S = 300.0  # LIBERO's imports and its first scene on a loaded machine
PIECE_TIMEOUT_S = 120.0


class TimedRollout:
    """Starts `make_rollout(platform, kind)` in a child; use it as a context."""

    def __init__(self, platform: str, kind: str) -> None:
        """Start the child and wait until its simulator stands.

        Raises:
            ConfigError: the simulator is not complete here.
            EnvironmentFailed: it could not start, or it died.
        """
        self._what = f"{kind} {platform}"
        self._child = ChildProcess(__name__)
        try:
            self._ask([platform, kind], START_TIMEOUT_S)
        except DsrlError:
            self.close()
            raise

    def __enter__(self) -> "TimedRollout":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def piece(self, seconds: float) -> float:
        """Control steps per second over at least `seconds`."""
        return float(self._ask(seconds, seconds + PIECE_TIMEOUT_S))

    def close(self) -> None:
        self._child.end(kill=True)

    def _ask(self, request: object, timeout_s: float) -> float:
        try:
            answer = json.loads(self._child.exchange(json.dumps(request).encode(), timeout_s))
        except BlockingIOError as error:
            raise EnvironmentFailed(f"{self._what} gave no answer in {timeout_s:g} s") from error
        except (OSError, EOFError) as error:
            raise EnvironmentFailed(f"{self._what} died") from error
        if "error" in answer:
            raise (ConfigError if answer["config"] else EnvironmentFailed)(answer["error"])
        return float(answer["rate"])


def serve(connection: Connection) -> None:
    """Build what the first message names, then time a piece for each message."""
    from sim_bridge.bench.rollouts import make_rollout

    try:
        rollout = make_rollout(*json.loads(connection.recv_bytes()))
        _answer(connection, rate=0.0)
        while True:
            _answer(connection, rate=rollout.run(json.loads(connection.recv_bytes())))
    except EOFError:
        return
    except Exception as error:  # whatever a simulator raises is for the parent to report
        name = "" if isinstance(error, DsrlError) else f"{type(error).__name__}: "
        _answer(connection, error=f"{name}{error}", config=isinstance(error, ConfigError))


def _answer(connection: Connection, **values: object) -> None:
    connection.send_bytes(json.dumps(values).encode())


if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]))
    serve(Connection(int(sys.argv[1])))
