"""Simulators as their packages make and step them, to compare with; never part of a run."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from dsrl_core.errors import ConfigError
from sim_bridge.gl import use_gl

LIBERO_SIZE = 256  # pixels of its two square images, as the reference observes them


class Stock:
    """A package's own environment, which renders at every step; `step` says whether the episode goes on."""

    def __init__(self, reset: Callable[[], Any], step: Callable[[], bool]) -> None:
        self._reset, self._step = reset, step
        self._going = False

    def run(self, seconds: float) -> float:
        """Control steps per second over at least that long; resets are not counted."""
        steps, spent = 0, 0.0
        while not steps or spent < seconds:
            if not self._going:
                self._reset()
            started = perf_counter()
            self._going = self._step()
            spent += perf_counter() - started
            steps += 1
        return steps / spent


def stock_aloha(**options: str) -> Stock:
    """gym-aloha as its users make it: three cameras of 480 by 640 at every step."""
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


def stock_libero(suite: str, task: str, **options: str) -> Stock:
    """LIBERO as the reference makes it: two cameras of 256 by 256 at every step."""
    use_gl()
    from sim_bridge import libero_assets, libero_package, libero_task

    found = libero_package.find_task(suite, task)
    environment = libero_task.build(found, libero_assets.find().folder, stock_size=LIBERO_SIZE)
    return Stock(environment.reset, lambda: not environment.step(libero_task.WAIT)[2])


def make_stock(kind: str, options: dict[str, str]) -> Stock:
    """The stock environment of a file of `sim_bridge/envs`; of its options only the task's name matters.

    Raises:
        ConfigError: there is none, or it is not complete here; says what is missing.
    """
    known: dict[str, Callable[..., Stock]] = {"aloha": stock_aloha, "libero": stock_libero}
    if kind not in known:
        raise ConfigError(f"{kind!r} has no stock environment; allowed: {', '.join(known)}")
    return known[kind](**options)
