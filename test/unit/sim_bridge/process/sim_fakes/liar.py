"""An environment whose native code, so to speak, writes what it likes into the pipe to the parent."""

import os
import struct
import sys
from pathlib import Path

from sim_fakes.counter import Counter

from dsrl_core.environment.protocol import StepResult
from dsrl_core.types import F32


class Liar(Counter):
    """Each step first writes the frame that the file holds, if there is one; then the sound answer follows."""

    def __init__(self, frame: str) -> None:
        super().__init__(4)
        self._frame = Path(frame)

    def step(self, action: F32) -> StepResult:
        if self._frame.exists():
            length, body = self._frame.read_bytes().split(b"|", 1)
            os.write(int(sys.argv[1]), struct.pack("!i", int(length)) + body)
        return super().step(action)


def make(frame: str = "") -> Liar:
    return Liar(frame)
