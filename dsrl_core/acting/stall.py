"""When an observation that stays incomplete is told of, and what is said about it."""

from collections.abc import Mapping

from dsrl_core.acting.streams import REWARD, STATE
from dsrl_core.config.platform import Platform

PERIOD_S = 5.0  # the shortest time between two warnings
HEARD_S = 6.0  # a complaint of another node counts for so long; nodes repeat theirs every five seconds


class Stall:
    """Warns well before the episode is dropped, and knows what the nodes that feed steering complain about."""

    def __init__(self, platform: Platform) -> None:
        third_s = platform.observation.timeout_s / 3
        chunk_s = platform.policy.execute / platform.action.rate_hz  # in which no decision is due
        self._streams = {REWARD, STATE} | {f"images/{name}" for name in platform.observation.cameras}
        self._warn_s = third_s + min(chunk_s, third_s)
        self._told_s = float("-inf")
        self._open = False  # whether a warning was told that is not over
        self._heard: dict[str, tuple[float, str]] = {}

    def due(self, since_s: float, now_s: float) -> bool:
        """Whether to warn now, after no decision since `since_s`; the caller does."""
        if now_s - since_s <= self._warn_s or now_s - self._told_s < PERIOD_S:
            return False
        self._told_s, self._open = now_s, True
        return True

    def over(self) -> bool:
        """Whether an end is to be told, as decisions go on or the episode is given up; once for each warning."""
        was_open, self._open = self._open, False
        return was_open

    def heard(self, about: str, text: str, now_s: float) -> None:
        """Note what another node complains about; an empty `text` is the end of it."""
        if text:
            self._heard[about] = (now_s, text)
        else:
            self._heard.pop(about, None)

    def words(self, lacking: Mapping[str, str], since_s: float, now_s: float) -> str:
        """The streams that lack, each with its fault, and the complaints that may explain them.

        Args:
            lacking: stream -> what is wrong with it.
            since_s: monotonic time since which there was no decision.
            now_s: monotonic time.
        """
        if set(lacking) == self._streams and len(set(lacking.values())) == 1:
            lacking = {"every stream": next(iter(lacking.values()))}
        streams = ", ".join(f"{stream} ({fault})" for stream, fault in sorted(lacking.items()))
        since_s = min(since_s, now_s - HEARD_S)
        return "; ".join([streams, *(text for at_s, text in self._heard.values() if at_s >= since_s)])
