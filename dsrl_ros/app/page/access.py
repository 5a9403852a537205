"""Who may look and who may press: requests of other web pages are refused, and buttons need the key of the address.

The page binds to this machine alone, but every web page that its browser shows could send it requests. A name of theirs
that resolves to this machine is refused by the Host header, a websocket from their page by the Origin header. Whoever
looks on without the key sees everything and presses nothing.
"""

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REFUSED = "open the page by the address that the terminal printed: this one is of another name, or another page asks"
HEADERS: Mapping[str, str] = {
    "x-frame-options": "DENY",  # no page may show this one inside, and lead a click to it
    "content-security-policy": "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",  # the key is in the address
    "x-content-type-options": "nosniff",
}


def new_key() -> str:
    """A key that nobody guesses, fit for an address."""
    return secrets.token_urlsafe(16)


def is_key(given: str, key: str) -> bool:
    """Whether `given` is the key; the time taken tells nothing of how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether a request was sent to this machine by its own name or address, and by no other web page."""
    host, origin = headers.get("host", ""), headers.get("origin")
    return _is_machine(_name_of(f"//{host}")) and (origin is None or _place_of(origin) == host.lower())


class OwnRequests:
    """Refuses requests and websockets that are not `is_own`, and tells browsers to keep others out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif is_own(Headers(scope=scope)):
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "http":
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "another page"})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message.get("headers", ()),
                *((name.encode(), value.encode()) for name, value in HEADERS.items()),
            ]
        await send(message)

    return sending


def _name_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _place_of(origin: str) -> str:
    """The host and port of an origin, empty for "null"."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_machine(name: str) -> bool:
    """Whether a host name can only be this machine's: no name server of a stranger answers for it."""
    if name in ("localhost", socket.gethostname().lower()):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
