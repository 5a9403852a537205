"""A scripted expert of a simulated task: it reads the simulator's state, and so stands for a person at their best."""

from typing import Protocol

from dsrl_core.types import F32


class Expert(Protocol):
    """What it would do. An environment's module makes one for its environment: `make_expert(environment)`."""

    def begin(self, seed: int, variant: int) -> None:
        """An episode has begun: the environment was reset with these."""

    def chunk(self, step: int, count: int) -> F32:
        """The actions f32[count, a] that it would take from the environment's present state on, which stays as it is.

        `step` control steps of the episode were taken before, by whoever.
        """
