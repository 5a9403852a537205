"""A ring buffer of transitions, filled and evicted by whole episodes; a transition is two frames and a step between."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from dsrl_core.learner.replay.frames import Frames, Rows
from dsrl_core.storage.nested import Arrays, Layout, check_rows, flatten


class Picked(NamedTuple):
    """A batch of transitions whose frames are given as slots in `Frames`."""

    seen: np.ndarray  # i32 [b], slots of the frames
    following: np.ndarray  # i32 [b], slots of the next frames
    steps: Arrays  # [b, ...]
    clone: "PickedClone | None" = None  # None in a run without an operator


class PickedClone(NamedTuple):
    """An operator's decisions beside a batch; see `Picked` and `networks.batch.Clone`."""

    seen: np.ndarray  # i32 [c], slots of the frames
    noise: np.ndarray  # f32 [c, k, d]
    weight: np.ndarray  # f32 [c]


def joined(first: Picked, second: Picked) -> Picked:
    """One batch of both; their frames must lie in the same `Frames`."""
    steps = {path: np.concatenate([array, second.steps[path]]) for path, array in first.steps.items()}
    frames = (np.concatenate(pair) for pair in zip(first[:2], second[:2], strict=True))
    return Picked(next(frames), next(frames), steps)


class EpisodeRing:
    """Holds the last `capacity` transitions; to make room, the oldest episodes are evicted whole.

    Frames and steps are nested mappings of arrays; each frame is stored once. One thread may add while others read.
    Memory grows with the contents.
    """

    def __init__(self, capacity: int, frames: Frames, steps: Layout, n_step: int = 1) -> None:
        """An empty ring; a transition's next frame is the one `n_step` decisions later, or the episode's last."""
        self.capacity, self.frames, self._n_step = capacity, frames, n_step
        self._steps = Rows(steps)
        self._pairs = np.zeros((capacity, 2), np.int32)  # slots of (frame, frame one decision later)
        self._following = np.zeros(capacity, np.int32)  # slot of the transition's next frame, see `n_step`
        self._lengths: deque[int] = deque()  # decisions of each episode
        self._first, self._count = 0, 0  # place of the oldest transition, and how many there are

    def __len__(self) -> int:
        return self._count

    @property
    def episodes(self) -> int:
        return len(self._lengths)

    @property
    def step_layout(self) -> Layout:
        return self._steps.layout

    @property
    def lengths(self) -> np.ndarray:
        """Decisions of each episode, i64 [episodes], oldest first."""
        with self.frames.lock:
            return np.asarray(self._lengths, np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of the contents."""
        step = self._steps.row_bytes + self._pairs.itemsize * 3
        return self._count * step + (self._count + self.episodes) * self.frames.rows.row_bytes

    def add(self, name: str, frames: Mapping[str, Any], steps: Mapping[str, Any]) -> None:
        """Add an episode, evicting the oldest to make room; an episode without a decision is ignored.

        Args:
            name: of the episode, for messages.
            frames: nested arrays [n + 1, ...].
            steps: nested arrays [n, ...], what happened between a frame and the next.
        Raises:
            ValueError: an array does not fit, holds a value that is not finite, or the episode is longer than the
                buffer; nothing was changed.
        """
        seen, done = flatten(frames), flatten(steps)
        n = len(next(iter(done.values())))
        check_rows(name, seen, self.frames.rows.layout, n + 1)
        check_rows(name, done, self._steps.layout, n)
        if n > self.capacity:
            raise ValueError(f"{name} has {n} decisions, more than replay_capacity={self.capacity}")
        if n:
            with self.frames.lock:
                self._add(n, seen, done)

    def pick(self, order: np.ndarray) -> Picked:
        """The transitions with the numbers `order` i64 [b]; 0 is the oldest."""
        with self.frames.lock:
            places = (self._first + order) % self.capacity
            return Picked(self._pairs[places, 0], self._following[places], self._steps.read(places))

    def draw(self, rng: np.random.Generator, count: int) -> Picked:
        """Draw transitions uniformly, with replacement; depends on `rng` and the contents alone.

        Raises:
            ValueError: the buffer is empty.
        """
        with self.frames.lock:
            self._check_filled()
            return self.pick(rng.integers(self._count, size=count))

    def episode(self, number: int) -> tuple[Arrays, Arrays]:
        """Frames [n + 1, ...] and steps [n, ...] of an episode; number 0 is the oldest."""
        with self.frames.lock:
            lengths = self.lengths
            places = (self._first + lengths[:number].sum() + np.arange(lengths[number])) % self.capacity
            return self.frames.rows.read(self._slots(places)), self._steps.read(places)

    def contents(self) -> Iterator[tuple[Arrays, Arrays]]:
        """Frames and steps of every episode, oldest first."""
        for number in range(self.episodes):
            yield self.episode(number)

    def clear(self) -> None:
        with self.frames.lock:
            while self._lengths:
                self._evict()

    def _add(self, n: int, frames: Arrays, steps: Arrays) -> None:
        while self._count + n > self.capacity:
            self._evict()
        slots = self.frames.add(frames)
        places = (self._first + self._count + np.arange(n)) % self.capacity
        self._steps.write(places, steps)
        self._pairs[places] = np.stack([slots[:-1], slots[1:]], axis=1)
        self._following[places] = slots[np.minimum(np.arange(n) + self._n_step, n)]
        self._lengths.append(n)
        self._count += n

    def _evict(self) -> None:
        n = self._lengths.popleft()
        places = (self._first + np.arange(n)) % self.capacity
        self.frames.remove(self._slots(places))
        self._first = (self._first + n) % self.capacity
        self._count -= n

    def _slots(self, places: np.ndarray) -> np.ndarray:
        """Of the frames of an episode whose transitions lie at `places`."""
        return np.append(self._pairs[places, 0], self._pairs[places[-1], 1])

    def _check_filled(self) -> None:
        if not self._count:
            raise ValueError("sample() of an empty replay buffer; add an episode first")
