"""The learner's replay buffer: settled episodes in, batches out."""

from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from dsrl_core.algorithms.base import Extras
from dsrl_core.errors import InvalidRequest
from dsrl_core.learner.replay import replay_file
from dsrl_core.learner.replay.episode_ring import EpisodeRing, Picked
from dsrl_core.learner.replay.frames import Frames
from dsrl_core.networks.batch import Batch, batch_of, view_of
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.storage.nested import Layout, Leaf
from dsrl_core.types import Episode


class Replay:
    """The last `capacity` transitions, oldest episodes leaving first and whole.

    Each frame is stored once: with n decisions to an episode that is (n + 1) / n frames per transition. One thread may
    add while others sample.
    """

    def __init__(
        self,
        capacity: int,
        shapes: LearnerShapes,
        discount: float,
        frames: Frames | None = None,
        extras: Extras | None = None,
        n_step: int = 1,
    ) -> None:
        """Empty.

        Args:
            capacity: transitions.
            shapes: of what is kept.
            discount: gamma per control step.
            frames: of another replay of these shapes, to lie in the same memory.
            extras: what the algorithm keeps beside the rest.
            n_step: decisions whose rewards a transition sums.
        """
        self._gamma, self._n_step = discount, n_step
        self.shapes = shapes
        self.extras = extras
        memory = frames or Frames(frame_layout(shapes, extras))
        self.ring = EpisodeRing(capacity, memory, step_layout(shapes, extras), n_step)

    def __len__(self) -> int:
        return len(self.ring)

    @property
    def episodes(self) -> int:
        return self.ring.episodes

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """Held by whoever adds or reads; hold it for several calls that must see the same contents."""
        return self.ring.frames.lock

    @property
    def nbytes(self) -> int:
        """Of everything held."""
        return self.ring.nbytes

    def add(self, episode: Episode) -> None:
        """Take an episode, making room by forgetting the oldest.

        Raises:
            InvalidRequest: its arrays do not fit the shapes, hold a value that is not finite, or are longer than the
                buffer; nothing was changed.
        """
        name = f"episode {episode.episode}"
        if episode.n_executed.shape != (episode.decisions,):
            raise InvalidRequest(
                f"{name}: n_executed has shape {episode.n_executed.shape}, expected {(episode.decisions,)}"
            )
        frames = {"images": episode.images, "state": episode.states, "features": episode.features}
        reward, discount = n_step_returns(episode.rewards, discounts(episode, self._gamma), self._n_step)
        steps = {"noise": episode.noises, "reward": reward, "discount": discount}
        if self.extras is not None:
            of_frames, of_steps = self.extras.of(episode)
            frames, steps = frames | of_frames, steps | of_steps
        try:
            self.ring.add(name, frames, steps)
        except ValueError as error:
            raise InvalidRequest(str(error)) from error

    def sample(self, rng: np.random.Generator, batch: int) -> Batch:
        """Draw transitions uniformly, with replacement; depends on `rng` and the contents alone.

        Raises:
            ValueError: the buffer is empty.
        """
        with self.lock:
            return self.batch(self.ring.draw(rng, batch))

    def get(self, order: np.ndarray) -> Batch:
        """The transitions at the places `order` i64 [b], 0 the oldest."""
        with self.lock:
            return self.batch(self.ring.pick(order))

    def save(self, path: Path) -> None:
        """Write everything held to a file, whole or not at all.

        Raises:
            OSError: no space, or the folder cannot be written; `path` is as it was.
        """
        with self.lock:
            replay_file.write(path, self.ring, self._about())

    def load(self, path: Path) -> None:
        """Replace everything held by what `save` wrote; of more than `capacity` transitions the last stay.

        Raises:
            CheckpointError: the file is missing, damaged, or of other shapes or another discount; nothing was changed.
        """
        with self.lock:
            replay_file.read(path, self.ring, self._about())

    def batch(self, picked: Picked) -> Batch:
        """The arrays of picked transitions; where another thread adds, pick and read under one lock."""
        rows = self.ring.frames.rows
        view, next_view = (view_of(rows.read(slots, reuse=True)) for slots in (picked.seen, picked.following))
        return batch_of(view, next_view, picked.steps)

    def _about(self) -> dict[str, float | str]:
        extras = {} if self.extras is None else {"base_policy": self.extras.identity}
        several = {"n_step": self._n_step} if self._n_step > 1 else {}
        return {"discount": self._gamma, **several, **extras}


def frame_layout(shapes: LearnerShapes, extras: Extras | None = None) -> Layout:
    """What is stored of a view."""
    layout = {
        "images": Leaf(shapes.image, np.dtype(np.uint8)),
        "state": Leaf((shapes.state_dim,), np.dtype(np.float32)),
        "features": Leaf((shapes.feature_dim,), np.dtype(np.float32)),
    }
    return layout if extras is None else {**layout, **extras.frames}


def step_layout(shapes: LearnerShapes, extras: Extras | None = None) -> Layout:
    """What is stored of a decision."""
    number = np.dtype(np.float32)
    layout = {"noise": Leaf(shapes.noise, number), "reward": Leaf((), number), "discount": Leaf((), number)}
    return layout if extras is None else {**layout, **extras.steps}


def discounts(episode: Episode, gamma: float) -> np.ndarray:
    """f32 [n]: gamma**n_executed of each decision, 0 for the last if the episode terminated; a time-out bootstraps."""
    values = np.power(np.float64(gamma), episode.n_executed)
    if episode.terminated and len(values):
        values[-1] = 0.0
    return values.astype(np.float32)


def n_step_returns(rewards: np.ndarray, discounts: np.ndarray, n_step: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the next rewards, discounted, and the discount of what comes after them, fewer where an episode ends.

    Args:
        rewards: f32 [n], of each decision.
        discounts: f32 [n], of what follows each.
        n_step: how many rewards are summed, at least 1.
    Returns:
        Both f32 [n]; with n_step 1 they are the arguments.
    """
    total, after = rewards.astype(np.float64), discounts.astype(np.float64)
    for step in range(1, min(n_step, len(rewards))):
        total[:-step] += after[:-step] * rewards[step:]
        after[:-step] *= discounts[step:]
    return total.astype(np.float32), after.astype(np.float32)
