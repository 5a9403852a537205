"""An observation without conversion: cameras by name, state and prompt; the layout of this package's small policies."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.policy.embodiments.base import Request, first_values, instruction
from dsrl_core.types import F32, U8, Observation


class Plain:
    """Converts nothing."""

    def __init__(self, sizes: dict[str, tuple[int, int]], state: int, action: int) -> None:
        self._sizes, self._state, self._action = sizes, state, action

    def request(self, observation: Observation) -> Request:
        images = {name: observation.images[name] for name in self._sizes}
        return {"images": images, "state": observation.state, **instruction(observation)}

    def example(self) -> Request:
        images: dict[str, U8] = {name: np.zeros((*size, 3), np.uint8) for name, size in self._sizes.items()}
        return {"images": images, "state": np.zeros(self._state, np.float32), "prompt": "do something"}

    def decode(self, actions: F32) -> F32:
        return first_values(actions, self._action)


def make(platform: Platform) -> Plain:
    """Take the cameras that the policy sees."""
    cameras = platform.observation.cameras.items()
    sizes = {name: (c.height, c.width) for name, c in cameras if c.policy}
    return Plain(sizes, platform.state_dim, platform.action.size)
