"""A headless Chromium, steered by its own protocol: opens a page, runs scripts in it, makes pictures of it."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Tab:
    """One page of the browser."""

    def __init__(self, connection: ClientConnection, session: str) -> None:
        self._connection, self._session, self._number = connection, session, 0
        self.ask("Page.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One request of the protocol, and its answer."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": params, "sessionId": self._session}
        self._connection.send(json.dumps(request))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == self._number and answer.get("sessionId") == self._session:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, url: str, width: int = 1280, height: int = 900, dark: bool = False) -> "Tab":
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=scheme)
        self.ask("Page.navigate", url=url)
        return self

    def run(self, script: str) -> Any:
        """The value of a script in the page."""
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, script: str, patience_s: float = 60.0) -> Any:
        """The first value of a script that counts as true; what it needs may still be loading."""
        until, careful = monotonic() + patience_s, f"(() => {{ try {{ return {script} }} catch {{ return null }} }})()"
        while not (value := self.run(careful)):
            assert monotonic() < until, f"{script} stays {value!r}: {self.run('document.body?.innerText')}"
            sleep(0.1)
        return value

    def picture(self, path: Path, whole: bool = True) -> None:
        """A picture of the page, as high as it is."""
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))


@contextmanager
def browser(folder: Path) -> Iterator[Any]:
    """A browser with its data in `folder`; gives a function that makes a new tab."""
    assert CHROMIUM is not None
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0"]
    process = subprocess.Popen(
        [CHROMIUM, *flags, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    port, until = folder / "DevToolsActivePort", monotonic() + 60.0
    try:
        while not (port.exists() and len(port.read_text().splitlines()) == 2):
            assert monotonic() < until, "the browser does not start"
            sleep(0.1)
        number, path = port.read_text().splitlines()
        with connect(f"ws://127.0.0.1:{number}{path}", max_size=None) as connection:
            yield lambda: _tab(connection)
    finally:
        process.terminate()
        process.wait()


def _tab(connection: ClientConnection) -> Tab:
    def ask(method: str, **params: Any) -> dict[str, Any]:
        connection.send(json.dumps({"id": 1_000_000, "method": method, "params": params}))
        while (answer := json.loads(connection.recv(timeout=60))).get("id") != 1_000_000:
            pass
        return answer["result"]

    target = ask("Target.createTarget", url="about:blank")["targetId"]
    return Tab(connection, ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
