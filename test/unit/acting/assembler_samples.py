"""Samples of streams for the tests of the assembler."""

import numpy as np
from builders import make_platform

from dsrl_core.acting.assembler import Assembler, Complete
from dsrl_core.config.platform import Platform
from dsrl_core.types import RewardSignal

EXACT = make_platform(cameras=2)
NEWEST = make_platform({"observation": {"stamps": "newest", "tolerance_ms": 10}}, cameras=2)
STREAMS = ("camera0", "camera1", "state", "reward")
MS = 1_000_000


def send(assembler: Assembler, stream: str, stamp_ns: int) -> None:
    """One sample, marked with its stamp in milliseconds."""
    mark = stamp_ns // MS % 251
    if stream == "state":
        assembler.state(stamp_ns, np.full(2, mark, np.float32))
    elif stream == "reward":
        assembler.reward(RewardSignal(stamp_ns, float(mark), False, False, False, np.zeros((0, 1), np.float32)))
    else:
        assembler.image(stream, stamp_ns, np.full((16, 16, 3), mark, np.uint8))


def sent(platform: Platform, *samples: tuple[str, int]) -> Assembler:
    assembler = Assembler(platform)
    assembler.begin(0)
    for stream, stamp in samples:
        send(assembler, stream, stamp)
    return assembler


def marks(complete: Complete) -> list[float]:
    seen = complete.observation
    return [
        float(seen.images["camera0"].flat[0]),
        float(seen.images["camera1"].flat[0]),
        float(seen.state[0]),
        complete.signal.reward,
    ]
