"""Batches for the learner's functions: named tuples of arrays, of numpy or of jax (they are pytrees)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from dsrl_core.types import LearnerView


class View(NamedTuple):
    """A batch of learner views."""

    images: Any  # uint8 [b, c, h, w, 3]
    state: Any  # f32 [b, s]
    features: Any  # f32 [b, f]
    extras: Any = {}  # noqa: RUF012  (never written)  # further arrays of the algorithm per frame, by name

    @classmethod
    def single(cls, view: LearnerView) -> "View":
        """One view as a batch of one."""
        return cls(view.images[np.newaxis], view.state[np.newaxis], view.features[np.newaxis])


class Clone(NamedTuple):
    """A batch of an operator's decisions, whose noise the actor is made to give."""

    view: View
    noise: Any  # f32 [b, k, d]
    weight: Any  # f32 [b], of the squared distance; 0 for rows that are not an operator's


class Batch(NamedTuple):
    """A batch of decisions; `discount` is gamma**n_executed, 0 where the episode terminated."""

    view: View
    noise: Any  # f32 [b, k, d]
    reward: Any  # f32 [b]
    discount: Any  # f32 [b]
    next_view: View
    extras: Any = {}  # noqa: RUF012  (never written)  # further arrays of the algorithm per decision, by name
    clone: Clone | None = None  # None in a run without an operator


def view_of(arrays: Mapping[str, Any]) -> View:
    """A view made of arrays by name; names that not every view has become its `extras`."""
    own = {name: array for name, array in arrays.items() if name not in View._fields}
    return View(arrays["images"], arrays["state"], arrays["features"], own)


def batch_of(view: View, next_view: View, arrays: Mapping[str, Any]) -> Batch:
    """A batch made of arrays by name; names that not every batch has become its `extras`."""
    own = {name: array for name, array in arrays.items() if name not in Batch._fields}
    return Batch(view, arrays["noise"], arrays["reward"], arrays["discount"], next_view, own)
