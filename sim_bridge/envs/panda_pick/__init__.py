"""A Panda lifts a cube: the benchmark of published flow policies. Imports the environment protocol and MuJoCo."""

from dsrl_core.environment.expert import Expert
from sim_bridge.envs.panda_pick.environment import PandaPick, make
from sim_bridge.envs.panda_pick.expert import PandaPickExpert

__all__ = ["make", "make_expert"]


def make_expert(environment: PandaPick) -> Expert:
    """The scripted expert of `environment`."""
    return PandaPickExpert(environment)
