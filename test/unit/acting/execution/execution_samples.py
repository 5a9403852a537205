"""A platform in lockstep and one on hardware, chunks for them, and a robot that ticks."""

import numpy as np
from builders import make_platform

from dsrl_core.acting.execution.executor import Executor
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import Platform
from dsrl_core.types import ActionChunk, Noise, NoiseSource

H, A = 4, 2
PERIOD_NS = 50_000_000
ACTION = {"names": ["x", "y"], "units": ["m", "m"], "low": [-1.0, 0.0], "high": [1.0, 0.5]}
LOCKSTEP = make_platform({"action": ACTION})
HARDWARE = make_platform({"action": {**ACTION, "gap_s": 0.5}, "observation": {"stamps": "newest"}})
NOISE = Noise(np.zeros((1, 2), np.float32), NoiseSource.ZERO)


def chunk(stamp_ns: int, values: np.ndarray | float = 0.0, execute: int = H) -> ActionChunk:
    actions = np.broadcast_to(np.float32(values), (H, A)).copy()
    return ActionChunk(stamp_ns, actions, execute, 0.05, NOISE)


def ready(stamp_ns: int = 100, execute: int = H, platform: Platform = LOCKSTEP) -> Executor:
    executor = Executor(platform)
    executor.begin(0.0)
    executor.accept(chunk(stamp_ns, execute=execute), 0, 0.0)
    return executor


def run(executor: Executor, stamps: list[int]) -> list[Step]:
    steps = []
    for stamp in stamps:
        executor.tick(stamp, stamp * 1e-9)
        while (step := executor.next_step()) is not None:
            steps.append(step)
    return steps
