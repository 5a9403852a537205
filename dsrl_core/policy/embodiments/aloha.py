"""Aloha's two arms as openpi's `pi0_aloha`, `pi05_aloha` and `pi0_aloha_sim` were trained on them."""

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

STATE = ACTION = 14  # six joints and a gripper of the left arm, then of the right; absolute targets
KEYS = ("cam_high", "cam_left_wrist", "cam_right_wrist", "cam_low")


class Aloha:
    """One to four cameras, channels first. Missing ones are masked by openpi."""

    def __init__(self, cameras: dict[str, str]) -> None:
        self._cameras = cameras  # openpi's key -> name in the contract

    def request(self, observation: Observation) -> Request:
        images = {key: channels_first(fit(observation.images[name])) for key, name in self._cameras.items()}
        return {"state": observation.state, "images": images, **instruction(observation)}

    def example(self) -> Request:
        return example(tuple(self._cameras))

    def decode(self, actions: F32) -> F32:
        return first_values(actions, ACTION)


def channels_first(image: U8) -> U8:
    """[h, w, 3] to [3, h, w]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1))


def example(cameras: tuple[str, ...] = KEYS[:1]) -> Request:
    """An example of a request."""
    images = {key: channels_first(example_image(key)) for key in cameras}
    return {"state": np.linspace(-0.5, 0.5, STATE, dtype=np.float32), "images": images, "prompt": "do something"}


def make(platform: Platform) -> Aloha:
    """Map the contract's policy cameras to openpi's: by name if all have its names, else in the order of `KEYS`."""
    check_sizes(platform, STATE, ACTION)
    names = policy_cameras(platform, 1, len(KEYS))
    keys = names if set(names) <= set(KEYS) else KEYS
    return Aloha(dict(zip(keys, names, strict=False)))
