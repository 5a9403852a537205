"""What a scripted expert hands to behaviour cloning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from dsrl_core.types import F32, U8


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One expert episode of T control steps: what was seen before each action, and the action.

    Cloning looks at windows of H actions; past the end the last action repeats, so it must mean "stay".
    """

    images: Mapping[str, U8]  # name -> [T, h, w, 3], sizes of the environment's spec
    states: F32  # [T, s]
    actions: F32  # [T, a], as passed to `Environment.step`


class DemonstrationSource(Protocol):
    """A file of `sim_bridge/envs` that base policies can be cloned for."""

    def demonstrations(self, count: int, seed: int) -> Iterator[Demonstration]:
        """Yield `count` successful expert episodes; equal (count, seed) give equal demonstrations."""
