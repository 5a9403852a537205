"""What is typed at the terminal that a node was started from, without waiting for it."""

import os
import select
import sys
import termios
import tty


class Terminal:
    """Reads single keys. Without a terminal, as in a graph whose logs go to files, nothing is ever typed."""

    def __init__(self) -> None:
        self._file = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        self._before = termios.tcgetattr(self._file) if self._file is not None else None
        if self._file is not None:
            tty.setcbreak(self._file, termios.TCSANOW)

    @property
    def there(self) -> bool:
        """Whether there is a terminal."""
        return self._file is not None

    def typed(self) -> str:
        """What was typed since the last call."""
        text = b""
        while self._file is not None and select.select([self._file], [], [], 0.0)[0]:
            read = os.read(self._file, 64)
            if not read:  # the terminal was closed
                self._file = None
            text += read
        return text.decode(errors="ignore")

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._file is not None and self._before is not None:
            termios.tcsetattr(self._file, termios.TCSANOW, self._before)
        self._file = None
