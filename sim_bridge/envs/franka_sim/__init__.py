"""An FR3 with its hand lifts the lit one of three blocks; driven by the planner and guard rails of a real arm.

Imports the environment protocol, `acting.execution.arm`, `acting.execution.rails` and MuJoCo.
"""

from collections.abc import Iterator
from contextlib import closing

from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.expert import Expert
from sim_bridge.envs.franka_sim.environment import FrankaSim, make, task_facts
from sim_bridge.real_time.robot import RealTimeRobot

__all__ = ["demonstrations", "make", "make_drivers", "make_expert", "task_facts"]


def make_expert(environment: FrankaSim) -> Expert:
    """Who picks the lit block."""
    from sim_bridge.envs.franka_sim.expert import FrankaExpert

    return FrankaExpert(environment)


def make_drivers(**options: str) -> RealTimeRobot:
    """The same arm in real time, behind the topics of its drivers; options as those of `make`."""
    from sim_bridge.envs.franka_sim.drivers import FrankaDrivers

    return FrankaDrivers(make(**options))


def demonstrations(count: int, seed: int, first: int = 0, **options: str) -> Iterator[Demonstration]:
    """Picks number `first` to `count - 1`, of each block in turn, whichever is lit; see `expert.py`."""
    from sim_bridge.envs.franka_sim import expert

    with closing(make(**options)) as env:
        yield from expert.demonstrations(env, range(first, count), seed)
