"""What a scripted expert hands to behaviour cloning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dsrl_core.types import F32, U8


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One expert episode of T control steps: its actions, and what was seen before O of them.

    Cloning looks at windows of H actions that begin with an observation; past the end the last action repeats, so it
    must mean "stay". Where chunks are long, observing only around decisions saves most of the rendering.
    """

    images: Mapping[str, U8]  # name -> [O, h, w, 3], sizes of the environment's spec
    states: F32  # [O, s]
    actions: F32  # [T, a], as passed to `Environment.step`
    starts: NDArray[np.int64] | None = None  # [O], the observed steps; None: all T


class DemonstrationSource(Protocol):
    """A file of `sim_bridge/envs` that base policies can be cloned for."""

    def demonstrations(self, count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
        """Yield expert episodes number `first` to `count - 1`.

        Equal (count, seed, options) give equal demonstrations, whichever the first one is: collecting them can be
        interrupted. `options` are those of `make`.
        """
