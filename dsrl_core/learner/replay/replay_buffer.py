"""The learner's replay buffer: takes settled episodes, gives batches of transitions."""

from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from dsrl_core.algorithms.base import Extras
from dsrl_core.errors import InvalidRequest
from dsrl_core.learner.replay import replay_file
from dsrl_core.learner.replay.episode_ring import EpisodeRing, Picked, PickedClone
from dsrl_core.learner.replay.frames import Frames
from dsrl_core.networks.batch import Batch, Clone, batch_of, view_of
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.storage.nested import Layout, Leaf
from dsrl_core.types import Episode


class Replay:
    """Holds the last `capacity` transitions; to make room, the oldest episodes are evicted whole.

    Each frame is stored once: an episode of n decisions takes n + 1 frames. One thread may add while others sample.
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
        """An empty buffer.

        Args:
            capacity: how many transitions.
            shapes: of images, state, features and noise.
            discount: gamma per control step.
            frames: of another replay buffer with these shapes, to share its memory; None for its own.
            extras: further arrays that the algorithm stores per frame and per decision.
            n_step: over how many decisions a transition sums its rewards.
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
        """Each method takes it; hold it around several calls that must see the same contents."""
        return self.ring.frames.lock

    @property
    def nbytes(self) -> int:
        """Bytes of the contents."""
        return self.ring.nbytes

    def add(self, episode: Episode) -> None:
        """Add an episode, evicting the oldest to make room.

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
        """The transitions with the numbers `order` i64 [b]; 0 is the oldest."""
        with self.lock:
            return self.batch(self.ring.pick(order))

    def save(self, path: Path) -> None:
        """Write the contents to a file, atomically.

        Raises:
            OSError: no space, or the folder cannot be written; `path` is as it was.
        """
        with self.lock:
            replay_file.write(path, self.ring, self._about())

    def load(self, path: Path) -> None:
        """Replace the contents by those of a saved file; of more than `capacity` transitions the newest stay.

        Raises:
            CheckpointError: the file is missing, damaged, or of other shapes or another discount; nothing was changed.
        """
        with self.lock:
            replay_file.read(path, self.ring, self._about())

    def batch(self, picked: Picked) -> Batch:
        """The arrays of picked transitions. While another thread adds, call `pick` and this under one `lock`."""
        rows = self.ring.frames.rows
        view, next_view = (view_of(rows.read(slots, reuse=True)) for slots in (picked.seen, picked.following))
        batch = batch_of(view, next_view, picked.steps)
        return batch if picked.clone is None else batch._replace(clone=self.clone(picked.clone))

    def clone(self, picked: PickedClone) -> Clone:
        """The arrays of an operator's picked decisions; as `batch`."""
        view = view_of(self.ring.frames.rows.read(picked.seen, reuse=True))
        return Clone(view, picked.noise, picked.weight)

    def _about(self) -> dict[str, float | str]:
        extras = {} if self.extras is None else {"base_policy": self.extras.identity}
        several = {"n_step": self._n_step} if self._n_step > 1 else {}
        return {"discount": self._gamma, **several, **extras}


def frame_layout(shapes: LearnerShapes, extras: Extras | None = None) -> Layout:
    """Shapes and types of the arrays stored per frame."""
    layout = {
        "images": Leaf(shapes.image, np.dtype(np.uint8)),
        "state": Leaf((shapes.state_dim,), np.dtype(np.float32)),
        "features": Leaf((shapes.feature_dim,), np.dtype(np.float32)),
    }
    return layout if extras is None else {**layout, **extras.frames}


def step_layout(shapes: LearnerShapes, extras: Extras | None = None) -> Layout:
    """Shapes and types of the arrays stored per decision."""
    number = np.dtype(np.float32)
    layout = {"noise": Leaf(shapes.noise, number), "reward": Leaf((), number), "discount": Leaf((), number)}
    return layout if extras is None else {**layout, **extras.steps}


def discounts(episode: Episode, gamma: float) -> np.ndarray:
    """Each decision's discount, f32 [n]: gamma**n_executed, but 0 at termination; a time-out bootstraps."""
    values = np.power(np.float64(gamma), episode.n_executed)
    if episode.terminated and len(values):
        values[-1] = 0.0
    return values.astype(np.float32)


def n_step_returns(rewards: np.ndarray, discounts: np.ndarray, n_step: int) -> tuple[np.ndarray, np.ndarray]:
    """n-step returns of the decisions of one episode; near its end fewer rewards are summed.

    Args:
        rewards: f32 [n], of each decision.
        discounts: f32 [n], from each decision to the next.
        n_step: how many rewards are summed, at least 1.
    Returns:
        The discounted sum of rewards and the discount of the value after them, both f32 [n]; with n_step 1 they are
        the arguments.
    """
    total, after = rewards.astype(np.float64), discounts.astype(np.float64)
    for step in range(1, min(n_step, len(rewards))):
        total[:-step] += after[:-step] * rewards[step:]
        after[:-step] *= discounts[step:]
    return total.astype(np.float32), after.astype(np.float32)
