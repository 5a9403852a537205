"""The decisions of an operator that the actor is made to repeat: those of successes, kept beside the replay buffer."""

from collections import deque

import numpy as np

from dsrl_core.config.operated import operated
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.replay.episode_ring import PickedClone
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.random.streams import cloning_rng
from dsrl_core.types import Episode

REACHED = 0.995  # share of its range that the actor is asked for at most: it comes near the ends, and never to them


class Cloning:
    """Holds the episodes with such decisions, and draws from these alone. The oldest episodes make room."""

    def __init__(self, config: RunConfig, beside: Replay) -> None:
        """`beside`: the run's replay buffer; the frames of both are stored in the same memory."""
        preset, self._config = config.preset, config
        self._rows, self._most = preset.clone.batch_size, np.float32(REACHED * preset.noise.magnitude)
        self._replay = Replay(
            preset.replay_capacity, beside.shapes, preset.sac.discount, beside.ring.frames, beside.extras
        )
        self._own: deque[np.ndarray] = deque()  # of each episode, which decisions are the operator's

    def __len__(self) -> int:
        """The decisions that can be drawn."""
        return int(sum(own.sum() for own in self._own))

    def add(self, episode: Episode) -> None:
        """Take an episode, if it has decisions to clone. Raises InvalidRequest as `Replay.add` does."""
        own = episode.to_clone
        if not own.any():
            return
        self._replay.add(episode)
        self._own.append(own)
        while len(self._own) > self._replay.episodes:
            self._own.popleft()

    def draw(self, gradient_step: int, episodes: int | None = None) -> PickedClone:
        """Draw decisions uniformly, with replacement, for a gradient step; with weight 0 where there are none.

        Their weight is that of the schedule after so many training episodes, 1 where None are given.
        """
        ring, rng = self._replay.ring, cloning_rng(self._config.seed, gradient_step)
        weight = 1.0 if episodes is None else self._weight(episodes)
        with self._replay.lock:
            order = np.flatnonzero(np.concatenate(self._own)) if self._own else np.zeros(1, np.int64)
            picked = ring.pick(order[rng.integers(len(order), size=self._rows)])
        weights = np.full(self._rows, weight if self._own else 0.0, np.float32)
        return PickedClone(picked.seen, np.clip(picked.steps["noise"], -self._most, self._most), weights)

    def _weight(self, episodes: int) -> float:
        """The weight of cloning in the actor's loss after so many training episodes."""
        settings, after = self._config.preset.clone, max(0, episodes - operated(self._config))
        return settings.weight * (max(0.0, 1 - after / settings.fade_episodes) if settings.fade_episodes else 1.0)
