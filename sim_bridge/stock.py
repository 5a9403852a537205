"""A simulator as its own package steps it, to compare with; never part of a run."""

from collections.abc import Callable
from time import perf_counter
from typing import Any


class Stock:
    """A package's own environment, which renders at every step; `step` says whether the episode goes on."""

    def __init__(self, reset: Callable[[], Any], step: Callable[[], bool]) -> None:
        self._reset, self._step = reset, step
        self._going = False

    def run(self, seconds: float) -> float:
        """Control steps per second over at least that long; resets are not counted."""
        steps, spent = 0, 0.0
        while not steps or spent < seconds:
            if not self._going:
                self._reset()
            started = perf_counter()
            self._going = self._step()
            spent += perf_counter() - started
            steps += 1
        return steps / spent
