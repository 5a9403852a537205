"""gym-aloha's TransferCube with demonstrations that miss towards the middle: no constant noise helps their clone.

The task is `aloha`'s. Its demonstrator misses to one side where the cube lies left, and to the other where it lies
right, so that the noise which corrects a policy cloned from them depends on what the camera sees.
"""

from collections.abc import Iterator
from contextlib import closing

from dsrl_core.environment.demonstration import Demonstration
from sim_bridge.envs.aloha import make, make_expert, make_stock, task_facts

__all__ = ["demonstrations", "make", "make_expert", "make_stock", "task_facts"]


def demonstrations(count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
    """Hand-overs number `first` to `count - 1`; see `inward` in `aloha/expert.py`. Options as in `make`."""
    if first < count:
        from sim_bridge.envs.aloha import expert  # here, as its packages take long to load

        with closing(make(**options)) as environment:
            yield from expert.demonstrations(environment, range(first, count), seed, expert.inward)
