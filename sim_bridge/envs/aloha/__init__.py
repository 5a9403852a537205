"""gym-aloha's two-arm tasks, and a scripted demonstrator of them. Imports the environment protocol and gym-aloha."""

from collections.abc import Iterator
from contextlib import closing

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from sim_bridge.envs.aloha.environment import make, task_facts
from sim_bridge.envs.aloha.stock import make_stock

__all__ = ["demonstrations", "make", "make_expert", "make_stock", "task_facts"]


def make_expert(environment: Environment) -> Expert:
    """Who hands over without an error of the grasp."""
    from sim_bridge.envs.aloha.expert import AlohaExpert  # here, as its packages take long to load

    return AlohaExpert()


def demonstrations(count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
    """Scripted hand-overs number `first` to `count - 1`; see `expert.py`. Options as in `make`."""
    if first < count:
        from sim_bridge.envs.aloha import expert  # here, as its packages take long to load

        with closing(make(**options)) as environment:
            yield from expert.demonstrations(environment, range(first, count), seed)
