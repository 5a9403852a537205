"""Demonstrations of a scripted expert, for behaviour cloning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dsrl_core.types import F32, U8


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One expert episode of T control steps: all its actions, and the observations before O of them.

    Behaviour cloning takes windows of H actions that begin at an observation. Windows that reach past the end repeat
    the last action, so that action must mean "stay". With long chunks, observing only some steps saves rendering.
    """

    images: Mapping[str, U8]  # name -> [O, h, w, 3], sizes of the environment's spec
    states: F32  # [O, s]
    actions: F32  # [T, a], as passed to `Environment.step`
    starts: NDArray[np.int64] | None = None  # [O], numbers of the observed steps; None for all T


class DemonstrationSource(Protocol):
    """What an environment's module offers beside `make`, if a base policy can be cloned for it."""

    def demonstrations(self, count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
        """Yield the expert episodes number `first` to `count - 1`.

        Equal (count, seed, options) give equal demonstrations, and `first` only skips some, so that collecting them can
        be interrupted and resumed. `options` are those of `make`.
        """
