"""Views and batches for the learner's tests; configurations and episodes are those of all tests."""

import numpy as np
from builders import SHAPES, make_config, make_episode, make_preset

from dsrl_core.networks.batch import Batch, View
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import LearnerView

__all__ = ["SHAPES", "make_batch", "make_config", "make_episode", "make_preset", "make_view"]


def make_view(shapes: LearnerShapes = SHAPES, seed: int = 0) -> LearnerView:
    rng = np.random.default_rng(seed)
    return LearnerView(
        rng.integers(0, 256, shapes.image, np.uint8),
        rng.normal(size=shapes.state_dim).astype(np.float32),
        rng.normal(size=shapes.feature_dim).astype(np.float32),
    )


def make_batch(shapes: LearnerShapes = SHAPES, size: int = 6, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)

    def view() -> View:
        return View(
            rng.integers(0, 256, (size, *shapes.image), np.uint8),
            rng.normal(size=(size, shapes.state_dim)).astype(np.float32),
            rng.normal(size=(size, shapes.feature_dim)).astype(np.float32),
        )

    reward = rng.normal(size=size).astype(np.float32)
    discount = np.where(rng.random(size) < 0.3, 0.0, 0.9).astype(np.float32)
    return Batch(view(), rng.normal(size=(size, *shapes.noise)).astype(np.float32), reward, discount, view())
