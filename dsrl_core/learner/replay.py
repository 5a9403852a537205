"""The replay buffer: every frame once, transitions as pairs of frames."""

from collections import deque
from typing import NamedTuple

import numpy as np

from dsrl_core.learner.batch import Batch, View
from dsrl_core.learner.shapes import LearnerShapes
from dsrl_core.types import Episode


class _Held(NamedTuple):
    """An episode in the buffer."""

    frames: np.ndarray  # i64 [n + 1], slots of its views


class Replay:
    """The last `capacity` transitions, oldest episodes leaving first and whole.

    Memory is reserved for twice the capacity in frames but touched only where frames lie: with n decisions to an
    episode that is (n + 1) / n frames per transition.
    """

    def __init__(self, capacity: int, shapes: LearnerShapes, discount: float) -> None:
        slots = 2 * capacity
        self._capacity, self._shapes, self._gamma = capacity, shapes, discount
        self._images = np.zeros((slots, *shapes.image), np.uint8)
        self._states = np.zeros((slots, shapes.state_dim), np.float32)
        self._features = np.zeros((slots, shapes.feature_dim), np.float32)
        self._noises = np.zeros((slots, *shapes.noise), np.float32)  # beside the frame that the decision saw
        self._rewards = np.zeros(slots, np.float32)
        self._discounts = np.zeros(slots, np.float32)
        self._pairs = np.zeros((capacity, 2), np.int64)  # ring of (frame, next frame), oldest at `_first`
        self._free = list(range(slots - 1, -1, -1))
        self._held: deque[_Held] = deque()
        self._first, self._count = 0, 0

    def __len__(self) -> int:
        return self._count

    @property
    def episodes(self) -> int:
        return len(self._held)

    def add(self, episode: Episode) -> None:
        """Take an episode, making room by forgetting the oldest.

        Raises:
            ValueError: its arrays do not fit the shapes, or it is longer than the buffer.
        """
        self._check(episode)
        n = episode.decisions
        if n == 0:
            return
        while self._count + n > self._capacity:
            self._evict()
        frames = np.array([self._free.pop() for _ in range(n + 1)])
        seen = frames[:-1]
        self._images[frames] = episode.images
        self._states[frames] = episode.states
        self._features[frames] = episode.features
        self._noises[seen] = episode.noises
        self._rewards[seen] = episode.rewards
        self._discounts[seen] = discounts(episode, self._gamma)
        places = (self._first + self._count + np.arange(n)) % self._capacity
        self._pairs[places] = np.stack([seen, frames[1:]], axis=1)
        self._held.append(_Held(frames))
        self._count += n

    def sample(self, rng: np.random.Generator, batch: int) -> Batch:
        """Draw transitions uniformly, with replacement; depends on `rng` and the contents alone.

        Raises:
            ValueError: the buffer is empty.
        """
        if not self._count:
            raise ValueError("sample() of an empty replay buffer; add an episode first")
        return self.get(rng.integers(self._count, size=batch))

    def get(self, order: np.ndarray) -> Batch:
        """The transitions at the places `order` i64 [b], 0 the oldest."""
        seen, following = self._pairs[(self._first + order) % self._capacity].T
        return Batch(
            self._view(seen), self._noises[seen], self._rewards[seen], self._discounts[seen], self._view(following)
        )

    def _view(self, frames: np.ndarray) -> View:
        return View(self._images[frames], self._states[frames], self._features[frames])

    def _evict(self) -> None:
        frames = self._held.popleft().frames
        self._free.extend(frames[::-1].tolist())
        self._first = (self._first + len(frames) - 1) % self._capacity
        self._count -= len(frames) - 1

    def _check(self, episode: Episode) -> None:
        n, shapes = episode.decisions, self._shapes
        expected = {
            "images": (n + 1, *shapes.image),
            "states": (n + 1, shapes.state_dim),
            "features": (n + 1, shapes.feature_dim),
            "noises": (n, *shapes.noise),
            "n_executed": (n,),
        }
        for name, shape in expected.items():
            actual = getattr(episode, name).shape
            if actual != shape:
                raise ValueError(f"episode {episode.episode}: {name} has shape {actual}, expected {shape}")
        if n > self._capacity:
            raise ValueError(f"episode {episode.episode} has {n} decisions, more than replay_capacity={self._capacity}")


def discounts(episode: Episode, gamma: float) -> np.ndarray:
    """f32 [n]: gamma**n_executed of each decision, 0 for the last if the episode terminated; a time-out bootstraps."""
    values = np.power(np.float64(gamma), episode.n_executed)
    if episode.terminated and len(values):
        values[-1] = 0.0
    return values.astype(np.float32)
