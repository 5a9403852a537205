"""What the learner's functions take: plain tuples of arrays, valid as numpy and as jax pytrees."""

from typing import Any, NamedTuple

import numpy as np

from dsrl_core.types import LearnerView


class View(NamedTuple):
    """A batch of learner views."""

    images: Any  # uint8 [b, c, h, w, 3]
    state: Any  # f32 [b, s]
    features: Any  # f32 [b, f]
    context: Any = None  # f32 [b, c], what the base policy sees, where the learner decodes noise itself

    @classmethod
    def single(cls, view: LearnerView) -> "View":
        """One view as a batch of one."""
        return cls(view.images[np.newaxis], view.state[np.newaxis], view.features[np.newaxis])


class Batch(NamedTuple):
    """A batch of decisions; `discount` is gamma**n_executed, 0 where the episode terminated."""

    view: View
    noise: Any  # f32 [b, k, d]
    reward: Any  # f32 [b]
    discount: Any  # f32 [b]
    next_view: View
    action: Any = None  # f32 [b, n * a], what the noise was decoded to, where the learner does that
