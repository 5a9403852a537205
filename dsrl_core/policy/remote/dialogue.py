"""One open websocket to a policy server: a request, then its reply. Time-outs are the caller's."""

from collections.abc import Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from dsrl_core.errors import InvalidRequest, PolicyConnectionError, PolicyProtocolError, PolicyServerError
from dsrl_core.policy.remote.messages import REFUSED, Message, unpack

# No keepalive, as an inference may take longer than it waits; no compression, as it takes too long for images.
OPTIONS: dict[str, Any] = {"compression": None, "max_size": None, "proxy": None, "ping_interval": None}


class Dialogue:
    """Sends requests and receives replies; after any error but InvalidRequest it cannot be used any more."""

    def __init__(self, socket: ClientConnection, address: str, metadata: Mapping[str, Any]) -> None:
        self._socket = socket
        self._address = address
        self.metadata = metadata

    async def ask(self, question: bytes) -> Message:
        """The reply to one request.

        Raises:
            InvalidRequest: the server refused this request; the connection can be used on.
            PolicyServerError: the server failed and sent its traceback.
            PolicyConnectionError: the connection was closed.
            PolicyProtocolError: the reply is malformed.
        """
        try:
            await self._socket.send(question)
            answer = await self._socket.recv()
        except (ConnectionClosed, OSError) as error:
            raise PolicyConnectionError(f"{self._address} went away in the middle of a call: {error}") from error
        if isinstance(answer, str):
            raise _spoken(self._address, answer)
        return unpack(answer)

    async def gone(self) -> None:
        """Wait until either side has closed the connection."""
        await self._socket.wait_closed()

    def abandon(self) -> None:
        """Close at once: a reply that is still to come is never read."""
        self._socket.transport.abort()

    async def close(self) -> None:
        """Close with the closing handshake."""
        await self._socket.close()


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
        raise PolicyConnectionError(f"{address} cannot be connected: {error}; {_remedy(error)}") from error
    except (InvalidURI, ValueError) as error:
        raise PolicyConnectionError(f"{address!r} is no address; write ws://host:port") from error
    try:
        first = await socket.recv()
        if isinstance(first, str):
            raise PolicyProtocolError(f"{address} is no policy server: it began with the text {first[:80]!r}")
        return Dialogue(socket, address, unpack(first))
    except (ConnectionClosed, OSError) as error:
        raise PolicyConnectionError(f"{address} closed the connection before its metadata: {error}") from error
    except BaseException:
        socket.transport.abort()
        raise


def _remedy(error: Exception) -> str:
    if "401" in str(error) or "403" in str(error):
        return "name the file with its key in policy.api_key_file"
    return "is it running? start one with ./dsrl serve-policy"


def _spoken(address: str, text: str) -> InvalidRequest | PolicyServerError:
    """The error that a text frame from the server stands for."""
    if text.startswith(REFUSED):
        return InvalidRequest(f"{address} refused the request: {text.removeprefix(REFUSED)}")
    lines = text.strip().splitlines()
    return PolicyServerError(f"{address} failed: {lines[-1] if lines else 'without a word'}", text)
