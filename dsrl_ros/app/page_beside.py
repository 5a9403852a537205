"""The page as a process beside a run: it is started with the run and ended with it, and the run never waits for it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGCONT, SIGTERM
from time import monotonic

from dsrl_core.errors import excerpt
from dsrl_core.run.folder import RunFolder

END_S = 1.8  # from the request to end to SIGKILL; a person waits at most 2 s
LONGEST = 4096  # bytes of its first line


class PageBeside:
    """`poll` is to be called a few times per second; nothing here waits, but `close`."""

    def __init__(self, folder: RunFolder, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the page of the run in `folder`, with arguments of `./dsrl view`; its words are in the run's logs."""
        self._log = folder.logs / "view.log"
        self._told = b""
        self._over = False
        self._asked_s = 0.0  # when it was asked to end
        command = [sys.executable, "-P", "-m", "dsrl_ros.app.page", str(folder.path), f"--beside={os.getpid()}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,  # ctrl-C reaches the supervisor alone, which ends the page
            )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> list[str]:
        """What people are to be told since the last call: the page's address, or that it has ended by itself."""
        lines = self._lines()
        if not self._over and self._process.poll() is not None:
            self._over = True
            where = f"./dsrl view {_relative(self._log.parent.parent)}"
            lines.append(f"the page has ended: {self._last_words()}; the run goes on, and {where} opens another")
        return lines

    def ask_to_end(self) -> None:
        """Ask the page to end, which tells its browsers first how the run ended; a page that is stopped goes on."""
        if self._process.poll() is None:
            self._asked_s = monotonic()
            self._process.send_signal(SIGTERM)
            self._process.send_signal(SIGCONT)

    def close(self) -> None:
        """Wait for its end, after `ask_to_end`, and kill it where that takes too long."""
        try:
            self._process.wait(max(0.0, self._asked_s + END_S - monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _last_words(self) -> str:
        """The last line of its log, or where that is."""
        lines = self._log.read_text(errors="replace").split("\n")
        return excerpt(next(filter(None, map(str.strip, reversed(lines))), f"see {self._log}"))

    def _lines(self) -> list[str]:
        if self._process.stdout is None or self._process.stdout.closed:
            return []
        try:
            self._told += os.read(self._process.stdout.fileno(), LONGEST)
        except BlockingIOError:
            return []
        *lines, self._told = self._told.split(b"\n")
        return [line.decode(errors="replace") for line in lines]


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
