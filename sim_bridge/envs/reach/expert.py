"""The expert of `reach`: straight to the lit pad."""

import numpy as np

from dsrl_core.types import F32
from sim_bridge.envs.reach.environment import RATE_HZ, Reach, expert


class ReachExpert:
    """See `dsrl_core.environment.expert.Expert`."""

    def __init__(self, environment: Reach) -> None:
        self._environment = environment

    def begin(self, seed: int, variant: int) -> None:
        """Nothing: what it does follows from the state."""

    def chunk(self, step: int, count: int) -> F32:
        position, actions = self._environment.state().astype(np.float64), list[F32]()
        for _ in range(count):
            actions.append(expert(position.astype(np.float32), self._environment.lit))
            position += actions[-1] / RATE_HZ
        return np.stack(actions)
