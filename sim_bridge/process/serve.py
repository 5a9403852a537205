"""The child's side of an environment in a process of its own: answers requests until the parent is gone."""

import ctypes
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment, video_frame
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32
from sim_bridge.envs.base import make_environment, make_expert
from sim_bridge.process import messages as wire
from sim_bridge.process.messages import Op

PR_SET_PDEATHSIG = 1


def serve(connection: Connection) -> None:
    """Make the environment that the first message names, then answer one request after the other."""
    try:
        served = _start(connection)
        while served is not None:
            request = connection.recv_bytes()
            if request[0] == Op.CLOSE:
                served.environment.close()
                return
            connection.send_bytes(_reply(served, request))
    except (EOFError, ConnectionError):
        return


class _Served:
    """The environment, and its expert once it is asked for one."""

    def __init__(self, kind: str, environment: Environment) -> None:
        self.environment, self._kind = environment, kind
        self._expert: Expert | None = None
        self._begun_with = (0, -1)  # seed and variant of the last reset

    def reset(self, seed: int, variant: int) -> None:
        self.environment.reset(seed, variant)
        self._begun_with = (seed, variant)
        if self._expert is not None:
            self._expert.begin(seed, variant)

    def expert_chunk(self, step: int, count: int) -> F32:
        if self._expert is None:
            self._expert = make_expert(self._kind, self.environment)
            self._expert.begin(*self._begun_with)
        return self._expert.chunk(step, count)


def _start(connection: Connection) -> _Served | None:
    request = connection.recv_bytes()
    kind, options = wire.unpack_start(request[2:])
    try:
        environment = make_environment(kind, options)
        body = wire.pack_spec(environment.spec)
    except Exception as error:  # whatever a simulator raises is for the parent to report
        connection.send_bytes(wire.message(Op.ERROR, wire.pack_error(error), request[1]))
        return None
    connection.send_bytes(wire.message(Op.START, body, request[1]))
    return _Served(kind, environment)


def _reply(served: _Served, request: bytes) -> bytes:
    try:
        return wire.message(Op(request[0]), _answer(served, Op(request[0]), request[2:]), request[1])
    except Exception as error:  # whatever a simulator raises is for the parent to report
        return wire.message(Op.ERROR, wire.pack_error(error), request[1])


def _answer(served: _Served, op: Op, body: bytes) -> bytes:
    environment = served.environment
    match op:
        case Op.STEP:
            return wire.pack_step(environment.step(wire.unpack_floats(body)), environment.state())
        case Op.RESET:
            served.reset(*wire.unpack_reset(body))
            return wire.pack_floats(environment.state())
        case Op.EXPERT:
            return wire.pack_floats(served.expert_chunk(*wire.unpack_expert(body)))
        case Op.RENDER:
            return wire.pack_images(environment.render(), environment.spec)
        case Op.RENDER_VIDEO:
            return wire.pack_frame(video_frame(environment))
    raise InvalidRequest(f"the simulator does not know the request {op!r}")


def end_with_parent(lifeline: int) -> None:
    """Start a thread that ends this process when the pipe `lifeline` closes, even if the simulator hangs."""

    def wait() -> None:
        while os.read(lifeline, 1):
            pass
        os._exit(0)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def main() -> None:
    """Started by `ChildEnvironment` as `python -m sim_bridge.process.serve`, with two open file descriptors."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # ends it even while it is stopped, which no thread can
    end_with_parent(int(sys.argv[2]))
    serve(Connection(int(sys.argv[1])))


if __name__ == "__main__":
    main()
