"""The tasks of LIBERO's benchmark, and a scripted demonstrator of them. Imports the environment protocol and LIBERO."""

from sim_bridge.envs.libero.environment import demonstrations, make, task_facts
from sim_bridge.envs.libero.stock import make_stock

__all__ = ["demonstrations", "make", "make_stock", "task_facts"]
