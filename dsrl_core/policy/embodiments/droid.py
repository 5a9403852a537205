"""DROID's Franka as openpi's `pi0_droid` and `pi05_droid` were trained on it."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.policy.embodiments.base import (
    Request,
    check_sizes,
    example_image,
    first_values,
    fit,
    instruction,
    policy_cameras,
)
from dsrl_core.types import F32, Observation

JOINTS = 7
STATE, ACTION = JOINTS + 1, JOINTS + 1
KEYS = ("observation/exterior_image_1_left", "observation/wrist_image_left")
FULL_OPENING = {
    "m": 0.04,
    "1": 1.0,
}  # unit of the gripper's state -> its value when open; m is one finger of a Franka hand


class Droid:
    """Two cameras, the external one first; seven joints in rad, and the gripper (for openpi 0 is open, 1 closed)."""

    def __init__(self, cameras: tuple[str, ...], full_opening: float) -> None:
        self._cameras = cameras
        self._full_opening = full_opening

    def request(self, observation: Observation) -> Request:
        images = [fit(observation.images[name]) for name in self._cameras]
        opening = observation.state[JOINTS:] / np.float32(self._full_opening)
        return {
            **dict(zip(KEYS, images, strict=True)),
            "observation/joint_position": observation.state[:JOINTS],
            "observation/gripper_position": np.clip(1.0 - opening, 0.0, 1.0).astype(np.float32),
            **instruction(observation),
        }

    def example(self) -> Request:
        return example()

    def decode(self, actions: F32) -> F32:
        """Joint velocities in units of the contract, and the gripper, which DROID closes from 0.5 on."""
        decoded = first_values(actions, ACTION)
        decoded[:, JOINTS] = decoded[:, JOINTS] > 0.5
        return decoded


def example() -> Request:
    """An example of a request."""
    return {
        **{key: example_image(key) for key in KEYS},
        "observation/joint_position": np.linspace(-0.5, 0.5, JOINTS, dtype=np.float32),
        "observation/gripper_position": np.array([0.25], np.float32),
        "prompt": "do something",
    }


def make(platform: Platform) -> Droid:
    """Take the contract's policy cameras, the outer one, then the wrist; the last value of the state is the gripper.

    Raises:
        ConfigError: a size does not fit, or the gripper's unit has no known opening.
    """
    check_sizes(platform, STATE, ACTION)
    unit = next((source.units[-1] for source in reversed(platform.observation.state) if source.units), "1")
    if unit not in FULL_OPENING:
        raise ConfigError(
            f"{platform.name}: the unit {unit!r} of the gripper in observation.state is unknown; "
            f"allowed: {', '.join(FULL_OPENING)}"
        )
    return Droid(policy_cameras(platform, 2, 2), FULL_OPENING[unit])
