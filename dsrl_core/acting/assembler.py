"""Aligns images, state and reward into complete observations, by stamp: messages of different topics have no order."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np

from dsrl_core.acting.execution.rails.verdict import Verdict
from dsrl_core.acting.moments import ExactMoments, Moment, NewestMoments
from dsrl_core.acting.observation import check_image, check_state
from dsrl_core.acting.streams import REWARD, STATE, Sample
from dsrl_core.config.platform import Platform
from dsrl_core.types import F32, U8, Observation, RewardSignal


@dataclass(frozen=True, slots=True)
class Complete:
    """An observation and its reward signal: one sample of every stream."""

    observation: Observation
    signal: RewardSignal
    first_s: float  # monotonic time at which its first stream arrived
    last_s: float


class Assembler:
    """Collects images, state and reward until a decision can be made; each result is newer than the one before."""

    def __init__(self, platform: Platform, clock: Callable[[], float] = monotonic) -> None:
        self._platform = platform
        self._clock = clock
        wanted = {STATE, REWARD} | {f"images/{name}" for name in platform.observation.cameras}
        kind = ExactMoments if platform.observation.stamps == "exact" else NewestMoments
        self._moments: ExactMoments | NewestMoments = kind(wanted, platform)

    def end(self) -> None:
        """End the episode: what arrives from now on belongs to the next one, whose stamps may be any."""
        self._moments.end()

    def begin(self, first_stamp_ns: int) -> None:
        """Start an episode, after `end`; in lockstep samples older than its first stamp are discarded."""
        self._moments.begin(first_stamp_ns, self._clock())

    def freeze(self, stamp_ns: int) -> None:
        """Keep what is seen at `stamp_ns`, where the episode has ended but its label is still to come.

        So no hand that resets the scene is in the episode's last view. Samples of a moment before the end, by more than
        the tolerance, are still replaced.
        """
        self._moments.freeze(stamp_ns)

    def image(self, name: str, stamp_ns: int, image: U8) -> None:
        """Add an image. Raises InvalidRequest if its size is not the contract's."""
        check_image(name, image, self._platform)
        self._add(f"images/{name}", stamp_ns, image)

    def state(self, stamp_ns: int, state: F32) -> None:
        """Add a state. Raises InvalidRequest if its size is not the contract's, or a value is not finite."""
        check_state(state, self._platform)
        self._add(STATE, stamp_ns, state)

    def reward(self, signal: RewardSignal) -> None:
        self._add(REWARD, signal.stamp_ns, signal)

    def lacking(self) -> dict[str, str]:
        """Stream -> what is wrong with it, for people: those alone that keep the next observation from completion."""
        return self._moments.lacking(self._clock())

    def told(self) -> dict[str, str]:
        """Messages to people since the last call, by what they are about: steps of the clock of the stamps."""
        return self._moments.told()

    def cameras(self) -> Verdict:
        """What the guard rail of the cameras says while a decision is due; OK in lockstep."""
        return self._moments.cameras(self._clock())

    def take(self) -> Complete | None:
        """The next complete observation, returned once; None while a stream is missing."""
        moment = self._moments.take(self._clock())
        if moment is None:
            return None
        return Complete(self._observation(moment), _signal(moment.streams[REWARD]), moment.first_s, self._clock())

    def _add(self, stream: str, stamp_ns: int, value: object) -> None:
        self._moments.add(stream, Sample(stamp_ns, self._clock(), value))

    def _observation(self, moment: Moment) -> Observation:
        names, streams = self._platform.observation.cameras, moment.streams
        images = {name: np.asarray(streams[f"images/{name}"], np.uint8) for name in names}
        state = np.asarray(streams[STATE], np.float32)
        return Observation(moment.stamp_ns, images, state, self._platform.policy.prompt)


def _signal(value: object) -> RewardSignal:
    if not isinstance(value, RewardSignal):
        raise TypeError(f"the reward stream holds {type(value).__name__}")
    return value
