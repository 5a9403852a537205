"""Demonstrations of a scripted expert or of a person, for behaviour cloning and for reversal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dsrl_core.errors import ConfigError
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
    starts: NDArray[np.int64] | None = None  # [O], rising numbers of the observed steps; None for all T

    @property
    def observed(self) -> NDArray[np.int64]:
        """The numbers of the observed steps, int[O]."""
        return np.arange(len(self.actions)) if self.starts is None else self.starts

    def newest(self, steps: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """The rows of the newest observations once so many steps were taken; after the last step that before it."""
        return np.searchsorted(self.observed, steps, side="right") - 1


class DemonstrationSource(Protocol):
    """What an environment's module offers beside `make`, if a base policy can be cloned for it."""

    def demonstrations(self, count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
        """Yield the expert episodes number `first` to `count - 1`.

        Equal (count, seed, options) give equal demonstrations, and `first` only skips some, so that collecting them can
        be interrupted and resumed. `options` are those of `make`.
        """


def check_demonstration(demo: Demonstration, cameras: Sequence[str]) -> None:
    """Check a demonstration for a contract with these cameras.

    Raises:
        ConfigError: it lacks a camera, or its arrays' lengths or values are impossible.
    """
    missing = [name for name in cameras if name not in demo.images]
    if missing:
        raise ConfigError(f"the demonstrations have no camera {missing[0]!r}; they have {', '.join(demo.images)}")
    steps = len(demo.observed)
    lengths = [len(demo.states), *(len(demo.images[name]) for name in cameras)]
    if any(length != steps for length in lengths):
        raise ConfigError(f"a demonstration has {lengths} states and images of {steps} observed steps")
    rising = steps == 0 or (demo.observed[0] >= 0 and (np.diff(demo.observed) > 0).all())
    if not rising or (steps and demo.observed[-1] >= len(demo.actions)):
        raise ConfigError(
            f"a demonstration of {len(demo.actions)} steps has starts {demo.observed}; they must rise within them"
        )
    if not (np.isfinite(demo.states).all() and np.isfinite(demo.actions).all()):
        raise ConfigError("a demonstration holds a state or an action that is not finite")
