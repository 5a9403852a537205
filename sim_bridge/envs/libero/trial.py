"""What is done in LIBERO's environment on trial is undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from typing import Any

import numpy as np


@contextmanager
def trial(env: Any) -> Iterator[None]:
    """What is done to LIBERO's own environment within it is undone at its end, to the last bit."""
    import mujoco  # not above: it reads MUJOCO_GL

    robot, sim = env.robots[0], env.sim
    parts, data = (env, robot, robot.controller, robot.gripper), copy(sim.data._data)
    before = [_values(part) for part in parts]
    try:
        yield
    finally:
        mujoco.mj_copyData(sim.data._data, sim.model._model, data)
        for part, values in zip(parts, before, strict=True):
            vars(part).update(values)
        env._post_process()  # sets the appearance of stoves that are on


def _values(part: Any) -> dict[str, Any]:
    """The numbers that robosuite keeps besides the simulation's: goals, last commands, times, buffers."""
    from robosuite.utils.buffers import Buffer

    kept = (np.ndarray, bool, int, float, Buffer)
    return {name: deepcopy(value) for name, value in vars(part).items() if isinstance(value, kept)}
