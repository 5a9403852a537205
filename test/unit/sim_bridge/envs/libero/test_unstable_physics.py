"""Physics that became unstable end the episode, whichever value of the state shows it first."""

import numpy as np
import pytest

from dsrl_core.environment.rotation import axis_angle
from dsrl_core.errors import EnvironmentFailed
from sim_bridge.envs.libero.environment import LiberoEnvironment


class Unstable:
    """A task whose tool has this orientation and height."""

    def __init__(self, quaternion: list[float], height: float) -> None:
        self._quaternion, self._height = quaternion, height

    def step(self, action: np.ndarray) -> bool:
        return False

    def state(self) -> np.ndarray:
        return np.concatenate([[0.0, 0.0, self._height], axis_angle(self._quaternion), [0.0, 0.0]]).astype(np.float32)


@pytest.fixture
def step():
    def made(quaternion: list[float], height: float):
        environment = LiberoEnvironment(None, Unstable(quaternion, height), None, settle_steps=0)
        return environment.step(np.zeros(7, np.float32))

    return made


@pytest.mark.parametrize(("quaternion", "height"), [([np.nan] * 4, 0.0), ([0, 0, 0, 1], np.nan)])
def test_a_state_that_is_not_finite_ends_the_episode(step, quaternion: list[float], height: float):
    with pytest.raises(EnvironmentFailed, match="unstable"):
        step(quaternion, height)


def test_a_finite_state_does_not(step):
    assert step([0, 0, 0, 1], 0.5).reward == 0.0
