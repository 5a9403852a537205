"""The built-in task `reach`, small enough to learn in minutes. Imports the environment protocol and MuJoCo."""

from dsrl_core.environment.expert import Expert
from sim_bridge.envs.reach.environment import Reach, demonstrations, make
from sim_bridge.envs.reach.expert import ReachExpert

__all__ = ["demonstrations", "make", "make_expert"]


def make_expert(environment: Reach) -> Expert:
    """Who goes straight to the lit pad."""
    return ReachExpert(environment)
