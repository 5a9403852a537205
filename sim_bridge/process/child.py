"""The parent's side of an environment in a child process: if it crashes or hangs, only the episode is lost."""

import subprocess
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from dsrl_core.environment.protocol import EnvironmentSpec, StepResult, check_seed
from dsrl_core.errors import DsrlError, EnvironmentFailed, InvalidRequest, excerpt
from dsrl_core.types import F32, U8
from sim_bridge.process import messages as wire
from sim_bridge.process.child_process import END_TIMEOUT_S, ChildProcess
from sim_bridge.process.messages import Op

START_TIMEOUT_S = 120.0  # imports, compiling a model and a first GL context on a loaded machine
T = TypeVar("T")
SERVER = "sim_bridge.process.serve"


class ChildEnvironment:
    """The `Environment` protocol over a child process. Not thread-safe.

    Every method raises EnvironmentFailed if the child has died (with its signal or exit code), gives no answer in time
    (it is killed then), or is not running; `restart` starts a new one.
    """

    def __init__(
        self, kind: str, options: Mapping[str, str], timeout_s: float, start_timeout_s: float = START_TIMEOUT_S
    ) -> None:
        """Start the child and wait for its spec.

        Args:
            kind: a file of `sim_bridge/envs`, or the dotted path of a module with `make`.
            options: of its `make`.
            timeout_s: the child is killed if it takes longer for an answer.
            start_timeout_s: the same for its start.
        Raises:
            ConfigError: kind or an option is unknown.
            EnvironmentFailed: the simulator could not start.
        """
        self._kind, self._options = kind, dict(options)
        self._timeout_s, self._start_timeout_s = timeout_s, start_timeout_s
        self._child: ChildProcess | None = None
        self._state: F32 | None = None
        self._asked = 0
        self._spec = self._start()

    @property
    def spec(self) -> EnvironmentSpec:
        return self._spec

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while none runs."""
        return self._child.process.pid if self._child else None

    def restart(self) -> None:
        """Replace the child, if there is one, by a new one, which needs a `reset` before the first step."""
        self._end(kill=True)
        self._start()

    def reset(self, seed: int, variant: int = -1) -> None:
        check_seed(seed)
        self._state = self._ask(Op.RESET, self._state_of, wire.pack_reset(seed, variant))

    def step(self, action: F32) -> StepResult:
        """One round trip to the child, which also returns the new state."""
        if action.shape != (self._spec.action_dim,) or action.dtype != np.float32:
            raise InvalidRequest(
                f"{self._kind} takes float32[{self._spec.action_dim}] actions, not {action.dtype}{list(action.shape)}"
            )
        result, self._state = self._ask(Op.STEP, lambda body: wire.unpack_step(body, self._spec), action.tobytes())
        return result

    def state(self) -> F32:
        if self._state is None:
            raise EnvironmentFailed(f"the {self._kind} simulator has no state before the first reset")
        return self._state.copy()

    def render(self) -> dict[str, U8]:
        return self._ask(Op.RENDER, lambda body: wire.unpack_images(body, self._spec))

    def render_video(self) -> U8:
        """A frame for a video, uint8[h, w, 3]; of the first camera if the environment has no `render_video`."""
        return self._ask(Op.RENDER_VIDEO, wire.unpack_frame)

    def expert_chunk(self, step: int, count: int) -> F32:
        """What the environment's scripted expert would do from here on, f32[count, a].

        Raises:
            ConfigError: its module has none.
        """
        return self._ask(
            Op.EXPERT, lambda body: wire.unpack_actions(body, count, self._spec), wire.pack_expert(step, count)
        )

    def close(self) -> None:
        """End the child; calling it again does nothing."""
        if self._child:
            try:
                self._child.send(wire.message(Op.CLOSE))
                self._child.process.wait(END_TIMEOUT_S)
            except (OSError, subprocess.TimeoutExpired):
                pass  # gone already, or hanging: ended below
        self._end(kill=True)

    def _start(self) -> EnvironmentSpec:
        self._child, self._state = ChildProcess(SERVER), None
        request = wire.pack_start(self._kind, self._options)
        try:
            return self._ask(Op.START, wire.unpack_spec, request, self._start_timeout_s)
        except DsrlError:
            self._end(kill=True)
            raise

    def _state_of(self, body: bytes) -> F32:
        return wire.unpack_state(body, self._spec)

    def _ask(self, op: Op, read: Callable[[bytes], T], body: bytes = b"", timeout_s: float | None = None) -> T:
        """What `read` makes of the answer's body."""
        if self._child is None:
            raise EnvironmentFailed(f"the {self._kind} simulator is not running; restart it")
        limit = self._timeout_s if timeout_s is None else timeout_s
        self._asked += 1
        try:
            answer = self._child.exchange(wire.message(op, body, self._asked), limit, wire.MAX_ANSWER)
        except BlockingIOError as error:
            self._end(kill=True)
            message = f"the {self._kind} simulator gave no answer to {op.name} in {limit:g} s and was ended"
            raise EnvironmentFailed(message) from error
        except (OSError, EOFError) as error:
            raise EnvironmentFailed(f"the {self._kind} simulator died at {op.name}: {self._end()}") from error
        except KeyboardInterrupt:
            self._end(kill=True)  # its answer would be taken for that of the next request
            raise
        except ValueError as error:
            raise self._unreadable(op, error) from error
        return self._read(op, read, answer)

    def _read(self, op: Op, read: Callable[[bytes], T], answer: bytes) -> T:
        try:
            found, body = wire.check_answer(answer, op, self._asked)
            if found is not Op.ERROR:
                return read(body)
            told = wire.unpack_error(body)
        except wire.MALFORMED as error:
            raise self._unreadable(op, error) from error
        raise told

    def _unreadable(self, op: Op, error: Exception) -> EnvironmentFailed:
        """End the child: what it would send next cannot be trusted either."""
        self._end(kill=True)
        what = excerpt(str(error)) or type(error).__name__
        return EnvironmentFailed(
            f"the {self._kind} simulator's answer to {op.name} is malformed, and it was ended: {what}"
        )

    def _end(self, kill: bool = False) -> str:
        """End the child, if there is one; returns how it ended, in words."""
        child, self._child, self._state = self._child, None, None
        return child.end(kill) if child else "not running"
