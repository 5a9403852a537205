"""ctrl-C at a safe point: an exception in the middle of a gradient step would leave half a state."""

import signal
from types import FrameType


class Interrupt:
    """Turns SIGINT and SIGTERM into a KeyboardInterrupt at the next `check`; the second one comes at once."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def check(self) -> None:
        if self._asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
