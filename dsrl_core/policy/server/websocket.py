"""The websocket server: connections are served in the event loop, inference runs in one further thread."""

import asyncio
import hmac
import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from dsrl_core.errors import ConfigError, InvalidRequest, excerpt
from dsrl_core.policy.remote.frames import MAX_FRAME, pack
from dsrl_core.policy.remote.messages import HEALTH_PATH, REFUSED
from dsrl_core.policy.server.answer import Answerer
from dsrl_core.policy.server.throttle import Throttle

MAX_CONNECTIONS = 64  # each may hold two frames in memory
MAX_REFUSAL, MAX_TRACEBACK = 500, 16_384  # letters sent back

log = logging.getLogger(__name__)
log.addFilter(Throttle())
handshakes = log.getChild("handshakes")  # what the websocket library complains of
handshakes.setLevel(logging.ERROR)
handshakes.addFilter(Throttle())


class PolicyServer:
    """Serves one policy to any number of clients, one request at a time."""

    def __init__(self, answerer: Answerer, host: str, port: int, api_key: str = "") -> None:
        """`port` 0 takes a free port; with an empty `api_key` clients need no key."""
        self._answerer, self._host, self._port, self._api_key = answerer, host, port, api_key
        self._inference = ThreadPoolExecutor(1, "inference")

    async def run(self, listening: Callable[[str], None]) -> None:
        """Warm up, listen, and serve until cancelled; `listening` is called with the address.

        Raises:
            ConfigError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._inference, self._answerer.warm_up)
        server = await self._listen()
        try:
            listening(_address(server))
            await server.serve_forever()
        finally:
            server.close()
            await server.wait_closed()
            self._inference.shutdown(wait=False, cancel_futures=True)

    async def _listen(self) -> Server:
        try:
            return await serve(
                self._converse,
                self._host,
                self._port,
                process_request=self._admit,
                compression=None,
                max_size=MAX_FRAME,
                max_queue=1,
                logger=handshakes,
                ping_interval=None,
                close_timeout=1.0,
            )
        except OSError as error:
            raise ConfigError(f"{self._host}:{self._port} is not to be had: {error}; name another --port") from error

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer the health check; refuse clients without the key, and those beyond the most that are served."""
        if request.path == HEALTH_PATH:
            return connection.respond(HTTPStatus.OK, "OK\n")
        if self._api_key and not _has_key(request, self._api_key):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "the API key is missing or wrong\n")
        if len(connection.server.connections) >= MAX_CONNECTIONS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"{MAX_CONNECTIONS} clients are connected\n")
        return None

    async def _converse(self, connection: ServerConnection) -> None:
        log.info("%s connected", connection.remote_address)
        try:
            await connection.send(pack(self._answerer.metadata))
            async for frame in connection:
                await self._reply(connection, frame)
        except ConnectionClosed:
            pass
        log.info("%s left", connection.remote_address)

    async def _reply(self, connection: ServerConnection, frame: bytes | str) -> None:
        loop = asyncio.get_running_loop()
        try:
            reply: bytes | str = await loop.run_in_executor(self._inference, self._answerer.answer, frame)
        except InvalidRequest as error:
            reply = f"{REFUSED}{excerpt(str(error), MAX_REFUSAL)}"
            log.warning("refused a request of %s: %s", connection.remote_address, reply.removeprefix(REFUSED))
        except Exception:  # whatever a foreign policy raises is sent to the client, as openpi's server does
            log.exception("the policy failed")
            await connection.send(traceback.format_exc()[-MAX_TRACEBACK:])
            await connection.close(CloseCode.INTERNAL_ERROR, "the policy failed; its traceback was sent before")
            return
        await connection.send(reply)


def serve_until_stopped(server: PolicyServer, listening: Callable[[str], None]) -> None:
    """Run in this thread until a signal raises KeyboardInterrupt, which is passed on once the server is closed."""
    asyncio.run(server.run(listening))  # the loop hears no signal itself: the second one could not end the process


def _has_key(request: Request, key: str) -> bool:
    """Whether there is one such header with the key; it may hold any bytes."""
    given = request.headers.get_all("Authorization")
    return len(given) == 1 and hmac.compare_digest(given[0].encode(errors="replace"), f"Api-Key {key}".encode())


def _address(server: Server) -> str:
    host, port = next(iter(server.sockets)).getsockname()[:2]
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"
