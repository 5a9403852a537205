"""The built-in task `reach`, small enough to learn in minutes. Imports the environment protocol and MuJoCo."""

from sim_bridge.envs.reach.environment import demonstrations, make

__all__ = ["demonstrations", "make"]
