"""A tiny environment that can be asked to misbehave: an action's first value says how."""

import os
import time

import numpy as np

from dsrl_core.environment.protocol import EnvironmentSpec, StepResult
from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, U8

FINE, RAISE, REFUSE, HANG, EXIT = range(5)
EXIT_CODE = 7


class Counter:
    """Its state is (seed, variant, steps)."""

    def __init__(self, size: int) -> None:
        self.spec = EnvironmentSpec(
            cameras={"a": (size, size + 1), "b": (2, 3)},
            state_names=("seed", "variant", "steps"),
            action_dim=2,
            rate_hz=10.0,
            max_steps=5,
            variants=3,
        )
        self._state = np.zeros(3, np.float32)

    def reset(self, seed: int, variant: int = -1) -> None:
        self._state = np.array([seed % 1000, variant, 0], np.float32)

    def step(self, action: F32) -> StepResult:
        match int(action[0]):
            case 1:
                raise RuntimeError("the physics exploded")
            case 2:
                raise InvalidRequest("not this action")
            case 3:
                time.sleep(600)
            case 4:
                os._exit(EXIT_CODE)
        self._state[2] += 1
        return StepResult(reward=0.1 * float(self._state[2]), success=bool(action[1] > 0))

    def state(self) -> F32:
        return self._state.copy()

    def render(self) -> dict[str, U8]:
        return {name: np.full((*size, 3), int(self._state[2]), np.uint8) for name, size in self.spec.cameras.items()}

    def close(self) -> None:
        pass


def make(size: str = "4", start: str = "well") -> Counter:
    if start == "hang":
        time.sleep(600)
    if start == "fail":
        raise RuntimeError("no such scene")
    return Counter(int(size))
