"""One open websocket to a policy server: a request, then its reply. Time-outs are the caller's.

openpi's wire does not say which request a reply belongs to. A frame that arrives while nothing is asked therefore ends
the connection, as every reply after it would be given to the next request. Before a request is sent, a ping must have
come back since the last reply: whatever the server had sent by then has been read. A server that tells that it repeats
the id of a request needs no ping, as each reply is held against its request.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from dsrl_core.errors import InvalidRequest, PolicyConnectionError, PolicyProtocolError, PolicyServerError, excerpt
from dsrl_core.policy.remote.frames import MAX_FRAME, Message, pack, unpack
from dsrl_core.policy.remote.messages import REFUSED, REQUEST_ID
from dsrl_core.policy.remote.metadata import repeats_ids

# No keepalive, as an inference may take longer than it waits; no compression, as it takes too long for images.
OPTIONS: dict[str, Any] = {"compression": None, "max_size": MAX_FRAME, "proxy": None, "ping_interval": None}
UNASKED = "it sent a frame that nobody had asked for, so that its replies cannot be told apart"
MAX_ECHO = 500  # letters of a server's text in a message
MAX_TRACEBACK = 16_384


class Dialogue:
    """Sends requests and receives replies; after any error but InvalidRequest it cannot be used any more."""

    def __init__(self, socket: ClientConnection, address: str, metadata: Mapping[str, Any]) -> None:
        """`listen` begins it; `socket` is one whose metadata frame has been read."""
        self._socket = socket
        self._address = address
        self.metadata = metadata
        self._ids = repeats_ids(metadata)
        self._sent = 0
        self._pong: Awaitable[float] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._why = "it closed the connection"

    async def ask(self, question: Mapping[str, Any]) -> Message:
        """The reply to one request.

        Raises:
            InvalidRequest: the server refused this request; the connection can be used on.
            PolicyServerError: the server failed and sent its traceback.
            PolicyConnectionError: the connection was closed.
            PolicyProtocolError: the reply is malformed, or belongs to another request.
        """
        self._sent += 1
        answer = await self._exchange(pack({**question, REQUEST_ID: self._sent} if self._ids else question))
        if isinstance(answer, str):
            raise _spoken(self._address, answer)
        reply = unpack(answer)
        if self._ids:
            _check_id(reply.pop(REQUEST_ID, None), self._sent)
        return reply

    async def gone(self) -> str:
        """Wait until either side has closed the connection; returns why."""
        await self._socket.wait_closed()
        return self._why

    def abandon(self) -> None:
        """Close at once: a reply that is still to come is never read."""
        self._socket.transport.abort()

    async def close(self) -> None:
        """Close with the closing handshake."""
        await self._socket.close()

    async def listen(self) -> None:
        """Nothing is asked from here on: send the ping that must come back first, and take no frame."""
        if not self._ids:
            with suppress(ConnectionClosed, OSError):  # told by the next request
                self._pong = await self._socket.ping()
        self._listening = asyncio.create_task(self._take_nothing())

    async def _take_nothing(self) -> None:
        with suppress(ConnectionClosed, OSError):  # told by the next request, and by `gone`
            await self._socket.recv()
            self._why = UNASKED
            self.abandon()

    async def _exchange(self, frame: bytes) -> bytes | str:
        try:
            await self._check_quiet()
            await self._socket.send(frame)
            answer = await self._socket.recv()
        except (ConnectionClosed, OSError) as error:
            if self._why == UNASKED:
                raise PolicyProtocolError(UNASKED) from error
            raise PolicyConnectionError(f"{self._address} went away in the middle of a call: {error}") from error
        await self.listen()
        return answer

    async def _check_quiet(self) -> None:
        """Raise PolicyProtocolError if any frame has come since the last reply, whether it was looked at or not."""
        if self._pong is not None:
            await self._pong
        if self._listening is not None:
            self._listening.cancel()  # which loses no frame
            await asyncio.wait([self._listening])
        with suppress(TimeoutError):
            async with asyncio.timeout(0):  # a frame that is there is returned without waiting
                await self._socket.recv()
            self._why = UNASKED
        if self._why == UNASKED:
            raise PolicyProtocolError(UNASKED)


async def open_dialogue(address: str, api_key: str) -> Dialogue:
    """Connect and read the metadata frame that every policy server sends first.

    Raises:
        PolicyConnectionError: there is no server at the address, or it refuses the connection.
        PolicyProtocolError: it is no policy server.
    """
    headers = {"Authorization": f"Api-Key {api_key}"} if api_key else None
    try:
        socket = await connect(address, open_timeout=None, close_timeout=1.0, additional_headers=headers, **OPTIONS)
    except (OSError, EOFError, InvalidHandshake, ConnectionClosed) as error:
        raise PolicyConnectionError(
            f"{address} cannot be connected: {excerpt(str(error), MAX_ECHO)}; {_remedy(error)}"
        ) from error
    except (InvalidURI, ValueError) as error:
        what = excerpt(str(error), MAX_ECHO)
        raise PolicyConnectionError(
            f"{address!r} is no address, or leads to none: {what}; write ws://host:port"
        ) from error
    try:
        first = await socket.recv()
        if isinstance(first, str):
            raise PolicyProtocolError(f"it is no policy server: it began with the text {excerpt(first, 80)!r}")
        dialogue = Dialogue(socket, address, unpack(first))
        await dialogue.listen()
        return dialogue
    except (ConnectionClosed, OSError) as error:
        raise PolicyConnectionError(f"{address} closed the connection before its metadata: {error}") from error
    except BaseException:
        socket.transport.abort()
        raise


def _remedy(error: Exception) -> str:
    if "401" in str(error) or "403" in str(error):
        return "name the file with its key in policy.api_key_file"
    return "is it running? start one with ./dsrl serve-policy"


def _check_id(found: Any, sent: int) -> None:
    if type(found) is not int or found != sent:
        raise PolicyProtocolError(f"the reply belongs to the request {excerpt(found, 40)}; the last one was {sent}")


def _spoken(address: str, text: str) -> InvalidRequest | PolicyServerError:
    """The error that a text frame from the server stands for."""
    if text.startswith(REFUSED):
        return InvalidRequest(f"{address} refused the request: {excerpt(text.removeprefix(REFUSED), MAX_ECHO)}")
    end = text[-MAX_TRACEBACK:].strip()
    last = excerpt(end.rpartition("\n")[2], MAX_ECHO)
    return PolicyServerError(f"{address} failed: {last or 'without a word'}", end)
