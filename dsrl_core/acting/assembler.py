"""Aligns images, state and reward into complete observations, by stamp: messages of different topics have no order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.types import F32, U8, Observation, RewardSignal

REWARD, STATE = "reward", "state"
KEPT_STAMPS = 8  # stamps kept while some of their streams are missing; the oldest is dropped first


@dataclass(frozen=True, slots=True)
class Complete:
    """An observation and its reward signal: one sample of every stream."""

    observation: Observation
    signal: RewardSignal
    first_s: float  # monotonic time at which its first stream arrived
    last_s: float


@dataclass(slots=True)
class _Parts:
    first_s: float
    streams: dict[str, object] = field(default_factory=dict)


class Assembler:
    """Collects images, state and reward until a decision can be made; each result is newer than the one before."""

    def __init__(self, platform: Platform, clock: Callable[[], float] = monotonic) -> None:
        self._platform = platform
        self._clock = clock
        self._exact = platform.observation.stamps == "exact"
        self._tolerance_ns = round(platform.observation.tolerance_ms * 1e6)
        self._wanted = {STATE, REWARD} | {f"images/{name}" for name in platform.observation.cameras}
        self._parts: dict[int, _Parts] = {}
        self._newest: dict[str, tuple[int, object]] = {}
        self._after_ns = -1

    def begin(self, first_stamp_ns: int) -> None:
        """Start an episode whose first observation has this stamp; older samples are discarded."""
        self._after_ns = first_stamp_ns - 1
        self._parts = {stamp: parts for stamp, parts in self._parts.items() if stamp >= first_stamp_ns}

    def image(self, name: str, stamp_ns: int, image: U8) -> None:
        self._add(f"images/{name}", stamp_ns, image)

    def state(self, stamp_ns: int, state: F32) -> None:
        self._add(STATE, stamp_ns, state)

    def reward(self, signal: RewardSignal) -> None:
        self._add(REWARD, signal.stamp_ns, signal)

    def missing(self) -> list[str]:
        """Streams that the newest incomplete stamp lacks, for messages to people; all streams where nothing came."""
        if not self._parts:
            return sorted(self._wanted)
        return sorted(self._wanted - set(self._parts[max(self._parts)].streams))

    def take(self) -> Complete | None:
        """The next complete observation, returned once; None while a stream is missing."""
        stamp, streams = self._exact_moment() if self._exact else self._newest_moment()
        if stamp is None:
            return None
        parts = self._parts.get(stamp, _Parts(self._clock()))
        self._after_ns = stamp
        self._parts = {s: p for s, p in self._parts.items() if s > stamp}
        return Complete(self._observation(stamp, streams), _signal(streams[REWARD]), parts.first_s, self._clock())

    def _add(self, stream: str, stamp_ns: int, value: object) -> None:
        if stamp_ns <= self._after_ns:
            return
        self._newest[stream] = (stamp_ns, value)
        self._parts.setdefault(stamp_ns, _Parts(self._clock())).streams[stream] = value
        while len(self._parts) > KEPT_STAMPS:
            del self._parts[min(self._parts)]

    def _exact_moment(self) -> tuple[int | None, dict[str, object]]:
        complete = [s for s, p in self._parts.items() if s > self._after_ns and self._wanted <= set(p.streams)]
        return (min(complete), self._parts[min(complete)].streams) if complete else (None, {})

    def _newest_moment(self) -> tuple[int | None, dict[str, object]]:
        """The newest sample of each stream, where images and state lie within the tolerance of each other.

        None of them may be older than the reward signal, which asks for the decision, by more than the tolerance.
        """
        if self._wanted - set(self._newest):
            return None, {}
        stamp = self._newest[REWARD][0]
        sensors = [s for stream, (s, _) in self._newest.items() if stream != REWARD]
        fresh = stamp > self._after_ns and min(sensors) >= stamp - self._tolerance_ns
        if not fresh or max(sensors) - min(sensors) > self._tolerance_ns:
            return None, {}
        return stamp, {stream: value for stream, (_, value) in self._newest.items()}

    def _observation(self, stamp_ns: int, streams: dict[str, object]) -> Observation:
        names = self._platform.observation.cameras
        images = {name: np.asarray(streams[f"images/{name}"], np.uint8) for name in names}
        state = np.asarray(streams[STATE], np.float32)
        return Observation(stamp_ns, images, state, self._platform.policy.prompt)


def _signal(value: object) -> RewardSignal:
    if not isinstance(value, RewardSignal):
        raise TypeError(f"the reward stream holds {type(value).__name__}")
    return value
