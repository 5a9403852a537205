"""A Panda lifts a cube: the benchmark of published flow policies. Imports the environment protocol and MuJoCo."""

from sim_bridge.envs.panda_pick.environment import PandaPick, make

__all__ = ["PandaPick", "make"]
