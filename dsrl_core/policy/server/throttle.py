"""Keeps one client from filling the server's log."""

import logging
from time import monotonic

from dsrl_core.errors import excerpt

EVERY_S = 10.0


class Throttle(logging.Filter):
    """Lets one message of each kind pass in `EVERY_S`; the next one tells how many were left out.

    Records of one format are one kind. An error in the handshake of a connection is the other side's fault, and is told
    in one line; other errors keep their traceback.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = str(record.msg), monotonic()
        if now - self._last.get(kind, -EVERY_S) < EVERY_S:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        self._last[kind] = now
        left_out = self._left_out.pop(kind, 0)
        told = record.getMessage() + _why(record) + (f" ({left_out} more since the last such line)" if left_out else "")
        record.msg, record.args = told, None
        return True


def _why(record: logging.LogRecord) -> str:
    """The error of a failed handshake, in place of its traceback."""
    if "handshake" not in str(record.msg) or not record.exc_info:
        return ""
    error, record.exc_info = record.exc_info[1], None
    return f": {type(error).__name__}: {excerpt(str(error))}"
