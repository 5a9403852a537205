"""The tasks of LIBERO's benchmark, and a scripted demonstrator of them. Imports the environment protocol and LIBERO."""

from collections.abc import Iterator
from contextlib import closing

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.expert import Expert
from sim_bridge.envs.libero.environment import LiberoEnvironment, make, task_facts
from sim_bridge.envs.libero.stock import make_stock

__all__ = ["demonstrations", "make", "make_expert", "make_stock", "task_facts"]


def make_expert(environment: LiberoEnvironment) -> Expert:
    """Who puts the task's things where they belong.

    Raises:
        ConfigError: a goal of the task is not that something be in or on something.
    """
    from sim_bridge.envs.libero.placing import LiberoExpert  # here, as its packages take long to load

    return LiberoExpert(environment)


def demonstrations(count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
    """Scripted attempts number `first` to `count - 1`; see `expert.py`. Options as in `make`."""
    if first < count:
        from sim_bridge.envs.libero import expert  # here, as its packages take long to load

        with closing(make(**options)) as environment:
            yield from expert.demonstrations(environment, range(first, count), seed)
