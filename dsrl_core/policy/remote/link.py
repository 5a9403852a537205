"""A connection to a policy server, kept by a thread of its own: requests have time-outs, and it reconnects.

Reconnecting happens in the background, so that the control path never waits for it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, TypeVar

from dsrl_core.errors import (
    InvalidRequest,
    PolicyConnectionError,
    PolicyError,
    PolicyProtocolError,
    PolicyTimeout,
    SteeringUnsupported,
    excerpt,
)
from dsrl_core.policy.remote.dialogue import Dialogue, open_dialogue
from dsrl_core.policy.remote.frames import Message
from dsrl_core.policy.remote.greeting import Expected, Server, greet
from dsrl_core.policy.remote.located import located

T = TypeVar("T")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, s."""

    connect_s: float = 20.0  # one attempt to connect, probing included
    away_s: float = 120.0  # how long to try to reconnect before giving up


class Link:
    """One server, one request at a time. It reconnects in the background, and never sends a request again."""

    def __init__(self, address: str, expected: Expected | None, api_key: str, patience: Patience) -> None:
        self._address, self._expected, self._api_key, self._patience = address, expected, api_key, patience
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="policy link", daemon=True)
        self._asking = Lock()
        self._dialogue: Dialogue | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reason = "it was never connected"
        self._end: PolicyError | None = None  # why no further attempt is made
        self.server: Server | None = None
        self.patient = False  # whether the server may be away for any time

    def open(self, timeout_s: float) -> Server:
        """Connect and return what is known of the server; once connected, only the latter. Raises PolicyError."""
        if not self._thread.is_alive():
            self._thread.start()
        if self.server is None:
            self._call(self._open(timeout_s))
        assert self.server is not None
        return self.server

    @property
    def ready(self) -> bool:
        """Whether the server is connected.

        Raises:
            PolicyError: it was away too long, or came back with another policy; no further attempt is made.
        """
        if self._end is not None:
            raise self._end
        return self._dialogue is not None

    def ask(self, question: Mapping[str, Any], read: Callable[[Message], T], timeout_s: float) -> T:
        """What `read` makes of the reply to a request, or an error within the time-out.

        Where `read` raises a PolicyError, the connection is made anew: the reply may have been another request's.
        """
        with self._asking:
            return self._call(self._exchange(question, read, timeout_s))

    def close(self) -> None:
        """End the connection and the thread; safe to call twice."""
        if self._thread.is_alive():
            self._call(self._leave())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        if not self._loop.is_closed():
            self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise PolicyConnectionError(f"{self._address} is not connected; call connect first")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise PolicyConnectionError(f"the connection to {self._address} was closed") from error
        except BaseException:
            future.cancel()  # so that the reply to an interrupted request is not read by the next one
            raise

    async def _open(self, timeout_s: float) -> None:
        dialogue: Dialogue | None = None
        try:
            async with asyncio.timeout(timeout_s):
                with located(self._address):
                    dialogue = await open_dialogue(self._address, self._api_key)
                    server = await greet(dialogue, self._expected)
            self._check_same(server)
        except BaseException as error:
            if dialogue is not None:
                dialogue.abandon()
            if isinstance(error, TimeoutError):
                raise PolicyTimeout(f"{self._address} was not connected within {timeout_s:g} s") from error
            raise
        self.server, self._dialogue = server, dialogue
        self._keep(self._watch(dialogue))

    def _check_same(self, server: Server) -> None:
        if self.server is not None and server.spec != self.server.spec:
            self._end = PolicyProtocolError(
                f"{self._address} came back as another policy: {server.spec} instead of {self.server.spec}; "
                "start the same one again, or a new run"
            )
            raise self._end

    async def _exchange(self, question: Mapping[str, Any], read: Callable[[Message], T], timeout_s: float) -> T:
        dialogue = self._dialogue
        if dialogue is None:
            raise self._end or PolicyConnectionError(f"{self._address} is away, connecting again: {self._reason}")
        try:
            async with asyncio.timeout(timeout_s):
                with located(self._address):
                    return read(await dialogue.ask(question))
        except InvalidRequest:
            raise
        except TimeoutError as error:
            late = PolicyTimeout(f"{self._address} gave no answer within {timeout_s:g} s")
            self._lose(dialogue, str(late))
            raise late from error
        except BaseException as error:
            self._lose(dialogue, str(error))
            raise

    async def _watch(self, dialogue: Dialogue) -> None:
        self._lose(dialogue, await dialogue.gone())

    def _lose(self, dialogue: Dialogue, reason: str) -> None:
        dialogue.abandon()
        if self._dialogue is dialogue:
            self._dialogue, self._reason = None, reason
            self._keep(self._come_back())

    async def _come_back(self) -> None:
        """Try to connect until the server is back with the same policy, or was away for `away_s` while not patient."""
        pause, until = FIRST_PAUSE_S, self._loop.time() + self._patience.away_s
        while self._dialogue is None and self._end is None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            if self.patient:
                until = self._loop.time() + self._patience.away_s
            try:
                await self._open(self._patience.connect_s)
            except SteeringUnsupported as error:
                self._end = error
            except PolicyError as error:
                self._reason = str(error)
            if self._dialogue is None and self._end is None and self._loop.time() > until:
                away = f"{self._address} was away for more than {self._patience.away_s:g} s: {self._reason}"
                self._end = PolicyConnectionError(away)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        """A task that fails ends the client with the reason: without it, nothing would connect again."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            what = f"{type(error).__name__}: {excerpt(str(error))}"
            self._end = PolicyConnectionError(f"connecting to {self._address} again has failed: {what}")
            self._end.__cause__ = error

    async def _leave(self) -> None:
        self._end = PolicyConnectionError(f"the connection to {self._address} was closed")
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._dialogue is not None:
            dialogue, self._dialogue = self._dialogue, None
            await dialogue.close()
