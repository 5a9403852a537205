"""Starts the page of `page_process.py` for tests, tells it what to do, and reads what was pressed."""

import os
import subprocess
import sys
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic

HERE = Path(__file__).parent
PATIENCE_S = 120.0  # a bound on a broken page, not a measure
KEY = "the-key"


class PageProcess:
    """A page in a process of its own."""

    def __init__(self, folder: Path) -> None:
        path = f"{HERE}:{os.environ.get('PYTHONPATH', '')}"
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "page_process.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()
        self.url = self.line("http")

    def tell(self, what: str) -> "PageProcess":
        """Have it do something, and wait until that is done."""
        assert self.process.stdin is not None
        print(what, file=self.process.stdin, flush=True)
        self.line(f"did {what}")
        return self

    def line(self, start: str) -> str:
        """The next line that begins so."""
        until = monotonic() + PATIENCE_S
        while not (line := self._lines.get(timeout=until - monotonic())).startswith(start):
            pass
        return line

    def pressed(self) -> list[str]:
        """What was pressed and not read yet."""
        found = []
        try:
            while True:
                found.append(self._lines.get_nowait())
        except Empty:
            return [line.removeprefix("pressed ") for line in found if line.startswith("pressed")]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())
