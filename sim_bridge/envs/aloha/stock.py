"""The original gym-aloha environment, which renders three cameras of 480 by 640 at every step."""

from typing import Any

import numpy as np

from sim_bridge.rendering import use_gl
from sim_bridge.stock import Stock


def make_stock(**options: str) -> Stock:
    """The package's TransferCube; options are ignored."""
    use_gl()
    import gymnasium
    from gym_aloha import constants

    environment: Any = gymnasium.make("gym_aloha/AlohaTransferCube-v0")
    pose = np.array(constants.START_ARM_POSE, np.float32)
    still = np.concatenate([pose[:6], [0.0], pose[8:14], [0.0]]).astype(np.float32)  # where the arms stand

    def step() -> bool:
        _, _, terminated, truncated, _ = environment.step(still)
        return not (terminated or truncated)

    return Stock(lambda: environment.reset(seed=0), step)
