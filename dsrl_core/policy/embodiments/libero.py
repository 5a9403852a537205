"""LIBERO's Panda as openpi's `pi0_libero` and `pi05_libero` were trained on it."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.policy.embodiments.base import (
    Request,
    check_sizes,
    example_image,
    first_values,
    fit,
    instruction,
    policy_cameras,
)
from dsrl_core.types import F32, U8, Observation

STATE, ACTION = 8, 7  # tool position and axis-angle, two fingers; changes of the tool's pose and the gripper
KEYS = ("observation/image", "observation/wrist_image")


class Libero:
    """Two cameras, the external one first; images are rotated by 180 degrees, as openpi does with robosuite's."""

    def __init__(self, cameras: tuple[str, ...]) -> None:
        self._cameras = cameras

    def request(self, observation: Observation) -> Request:
        images = [fit(turned(observation.images[name])) for name in self._cameras]
        return {
            **dict(zip(KEYS, images, strict=True)),
            "observation/state": observation.state,
            **instruction(observation),
        }

    def example(self) -> Request:
        return example()

    def decode(self, actions: F32) -> F32:
        return first_values(actions, ACTION)


def turned(image: U8) -> U8:
    """An image rotated by 180 degrees."""
    return np.ascontiguousarray(image[::-1, ::-1])


def example() -> Request:
    """An example of a request."""
    images = {key: example_image(key) for key in KEYS}
    state = np.linspace(-0.5, 0.5, STATE, dtype=np.float32)
    return {**images, "observation/state": state, "prompt": "do something"}


def make(platform: Platform) -> Libero:
    """Take the contract's policy cameras: the outer one, then the wrist."""
    check_sizes(platform, STATE, ACTION)
    return Libero(policy_cameras(platform, 2, 2))
