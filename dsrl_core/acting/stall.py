"""Whether an observation stays incomplete for so long that it is told, and what is said about it."""

from collections.abc import Mapping

from dsrl_core.acting.streams import REWARD, STATE
from dsrl_core.config.platform import Platform

HEARD_S = 6.0  # a complaint of another node counts for so long; nodes repeat theirs every five seconds


class Stall:
    """Knows what is late, well before the episode is dropped, and what the nodes that feed steering complain about."""

    def __init__(self, platform: Platform) -> None:
        third_s = platform.observation.timeout_s / 3
        chunk_s = platform.policy.execute / platform.action.rate_hz  # in which no decision is due
        self._streams = {REWARD, STATE} | {f"images/{name}" for name in platform.observation.cameras}
        self._warn_s = third_s + min(chunk_s, third_s)
        self._heard: dict[str, tuple[float, str]] = {}

    def late(self, since_s: float, now_s: float) -> bool:
        """Whether the decision is late, after none since `since_s`."""
        return now_s - since_s > self._warn_s

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
