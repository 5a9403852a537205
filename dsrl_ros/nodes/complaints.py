"""Complaints that may repeat with every message: told at once, then only every few seconds, with their number."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

PERIOD_S = 5.0  # the shortest time between two lines about the same thing


@dataclass(slots=True)
class _Trouble:
    said_s: float  # when the last line was told
    last_s: float  # when it last happened
    unsaid: int = 0  # how often it happened since the last line


class Complaints:
    """Decides which occurrences of a trouble are told. A trouble has a name, such as the topic that it is about."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._troubles: dict[str, _Trouble] = {}

    def line(self, about: str, text: str, lasting: bool = False) -> str | None:
        """The line to log for one more occurrence; None where one was logged in the last `PERIOD_S`.

        One that is `lasting` is the same occurrence as before, and not counted.
        """
        now = self._clock()
        trouble = self._troubles.get(about)
        if trouble is None:
            self._troubles[about] = _Trouble(now, now)
            return text
        trouble.last_s = now
        trouble.unsaid += not lasting
        if now - trouble.said_s < PERIOD_S:
            return None
        count = f" ({trouble.unsaid} times in {now - trouble.said_s:.0f} s)" if trouble.unsaid > 1 else ""
        trouble.said_s, trouble.unsaid = now, 0
        return text + count

    def over(self, about: str, after_s: float = PERIOD_S) -> str | None:
        """The end of a trouble, to be asked whenever all is well: told once it has stayed away for `after_s`.

        Returns:
            How often it happened since the last line, as words that may be empty; None where there is nothing to tell.
        """
        trouble = self._troubles.get(about)
        if trouble is None or self._clock() - trouble.last_s < after_s:
            return None
        del self._troubles[about]
        return f" (meanwhile {trouble.unsaid} more)" if trouble.unsaid else ""
