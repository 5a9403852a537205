"""A simulator's original environment, as its package steps it, for benchmarks; never part of a run."""

from collections.abc import Callable
from time import perf_counter
from typing import Any


class Stock:
    """A package's original environment, which renders at every step; `step` returns whether the episode goes on."""

    def __init__(self, reset: Callable[[], Any], step: Callable[[], bool]) -> None:
        self._reset, self._step = reset, step
        self._going = False

    def run(self, seconds: float) -> float:
        """Step for at least so many seconds; returns control steps per second, without the time of resets."""
        steps, spent = 0, 0.0
        while not steps or spent < seconds:
            if not self._going:
                self._reset()
            started = perf_counter()
            self._going = self._step()
            spent += perf_counter() - started
            steps += 1
        return steps / spent
