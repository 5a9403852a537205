"""The page over HTTP and its websocket, without a browser: what is served, to whom, and which presses count."""

import html
import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from pages import KEY, PageProcess
from PIL import Image
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from dsrl_core.errors import ConfigError
from dsrl_ros.app.page.server import address, bound

ELEMENT = re.compile(r'"(?P<id>\d+)":\{"tag":"button","class":\["(?P<name>\w+)"\].*?"events":\[(?P<events>.*?)\]\}')


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageProcess]:
    started = PageProcess(tmp_path_factory.mktemp("page"))
    yield started.tell("play 10")
    started.close()


def fetch(page: PageProcess, path: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{page.url}{path}", headers=headers), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Visitor:
    """A page that was fetched, and its websocket as the web library's own script opens it."""

    def __init__(self, page: PageProcess, key: str) -> None:
        self._text = html.unescape(fetch(page, f"/?key={key}")[1].decode())
        found = re.search(r"'client_id': '([^']+)'", self._text)
        assert found
        self.client = found[1]
        ids = {"client_id": self.client, "tab_id": "tab", "document_id": "document", "next_message_id": 0}
        query = urlencode({"EIO": 4, "transport": "websocket", "implicit_handshake": "true", **ids})
        where = page.url.replace("http", "ws")
        self._open = ExitStack()
        opening = connect(f"{where}/_nicegui_ws/socket.io/?{query}", origin=page.url)
        self._socket: ClientConnection = self._open.enter_context(opening)
        self._socket.send("40")
        while not self._socket.recv(timeout=60).startswith("40"):
            pass

    def listeners(self) -> dict[str, tuple[int, str]]:
        """Element and listener of each button that has one."""
        found = {}
        for button in ELEMENT.finditer(self._text):
            listener = re.search(r'"listener_id":"([^"]+)"', button["events"])
            if listener:
                found[button["name"]] = int(button["id"]), listener[1]
        return found

    def press(self, element: int, listener: str, client: str = "") -> None:
        event = {"id": element, "client_id": client or self.client, "listener_id": listener, "args": ["{}"]}
        self._socket.send("42" + json.dumps(["event", event]))

    def close(self) -> None:
        self._open.close()


def test_the_page_is_served_by_its_own_name_alone(page: PageProcess) -> None:
    code, text = fetch(page, "/")
    assert code == 200
    assert b"episode 10 of 100" in text
    assert fetch(page, "/", Host="evil.example")[0] == 403
    assert fetch(page, "/camera/robot0/camera0", Host="evil.example:80")[0] == 403
    assert fetch(page, "/", Origin="http://evil.example")[0] == 403
    assert fetch(page, "/", Origin=page.url)[0] == 200


def test_all_that_the_page_loads_is_of_this_machine(page: PageProcess) -> None:
    text = html.unescape(fetch(page, f"/?key={KEY}")[1].decode())
    assert not re.findall(r"(?:src|href|url|import)\s*[=(]?\s*[\"'](https?:)?//", text)
    for path in sorted(set(re.findall(r"[\"'](/_nicegui/[^\"'?]+\.(?:js|css))[\"']", text))):
        assert fetch(page, path)[0] == 200, path


def test_cameras_and_the_report_are_beside_it(page: PageProcess) -> None:
    code, data = fetch(page, "/camera/robot0/camera0?n=1")
    assert code == 200
    picture = np.asarray(Image.open(io.BytesIO(data)))
    assert picture.shape == (96, 128, 3)
    assert tuple(picture[40, 50]) == (240, 200, 60), "colours are what was sent"
    assert fetch(page, "/camera/robot0/other")[0] == 404
    assert fetch(page, "/camera/..%2F..%2Fetc/passwd")[0] == 404
    assert fetch(page, "/report")[0] == 404
    page.tell("report")
    assert fetch(page, "/report") == (200, b"<h1>the report</h1>")


def test_a_press_with_the_key_counts_and_one_without_cannot_be_made(page: PageProcess) -> None:
    looker, presser = Visitor(page, "wrong"), Visitor(page, KEY)
    assert looker.listeners() == {}
    listeners = presser.listeners()
    assert {"stop", "arm", "pause"} <= set(listeners)
    looker.press(*listeners["stop"])  # with what belongs to the other's page
    presser.press(*listeners["pause"])
    assert page.line("pressed") == "pressed - pause"
    assert page.pressed() == []
    looker.close()
    presser.close()


def test_two_pages_may_press_at_once_and_one_that_goes_away_changes_nothing(page: PageProcess) -> None:
    first, second = Visitor(page, KEY), Visitor(page, KEY)
    first.press(*first.listeners()["discard"])
    second.press(*second.listeners()["discard"])
    assert [page.line("pressed") for _ in range(2)] == ["pressed robot0 discard"] * 2
    first.close()
    second.press(*second.listeners()["stop"])
    assert page.line("pressed") == "pressed robot0 stop"
    second.close()


def test_another_pages_websocket_is_refused(page: PageProcess) -> None:
    where = page.url.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(WebSocketException), connect(where, origin="http://evil.example"):
        pass


def test_a_port_in_use_is_refused_in_one_line() -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert address(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(ConfigError, match=f"--port={port}"):
            bound("127.0.0.1", port)
    for host, port in (("127.0.0.1", 70_000), ("no such host", 0)):
        with pytest.raises(ConfigError, match="choose another"):
            bound(host, port)


def test_a_page_for_the_whole_network_tells_an_address_that_opens_here() -> None:
    with bound("0.0.0.0", 0) as place:
        assert address(place).startswith("http://127.0.0.1:")


def test_no_page_leaves_the_folder_of_the_run(page: PageProcess, tmp_path: Path) -> None:
    assert fetch(page, f"/{tmp_path}")[0] == 404
