"""gym-aloha's two-arm tasks, and a scripted demonstrator of them. Imports the environment protocol and gym-aloha."""

from sim_bridge.envs.aloha.environment import demonstrations, make
from sim_bridge.envs.aloha.stock import make_stock

__all__ = ["demonstrations", "make", "make_stock"]
