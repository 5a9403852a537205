"""Who may look and press: this machine's own address alone, and whoever has the key."""

import asyncio
import socket
from typing import Any

import pytest

from dsrl_ros.app.page.access import HEADERS, OwnRequests, is_key, is_own, new_key


def test_the_key_is_long_another_each_time_and_nothing_else_is_it() -> None:
    key = new_key()
    assert len(key) >= 20
    assert key != new_key()
    assert is_key(key, key)
    for other in ("", key[:-1], f"{key}x", key.swapcase() + "\udcff", "ключ"):
        assert not is_key(other, key)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8080", "localhost:9000", "[::1]:80", "192.168.0.7:8080", f"{socket.gethostname()}:1"]
)
def test_addresses_of_this_machine_are_its_own(host: str) -> None:
    assert is_own({"host": host})
    assert is_own({"host": host, "origin": f"http://{host}"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8080"},
        {"host": "localhost.evil.example"},
        {"host": "127.0.0.1:8080", "origin": "http://evil.example"},
        {"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:9090"},
        {"host": "127.0.0.1:8080", "origin": "null"},
        {"host": "[127.0.0.1:8080"},
        {"host": "127.0.0.1:8080", "origin": "http://[oops"},
    ],
)
def test_names_and_pages_of_others_are_refused(headers: dict[str, str]) -> None:
    assert not is_own(headers)


def asked(kind: str, host: str) -> list[dict[str, Any]]:
    """What is sent to a request with this Host, by an app that always answers with 200."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "headers": [(b"host", host.encode())], "method": "GET", "path": "/"}
    asyncio.run(OwnRequests(app)(scope, receive, send))
    return sent


def test_a_refused_request_never_reaches_the_page() -> None:
    assert asked("http", "evil.example")[0]["status"] == 403
    assert asked("websocket", "evil.example")[0]["type"] == "websocket.close"


def test_browsers_are_told_to_keep_other_pages_out() -> None:
    (answer,) = asked("http", "localhost")
    assert dict(answer["headers"]) == {name.encode(): value.encode() for name, value in HEADERS.items()}
