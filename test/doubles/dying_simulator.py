"""The environment `reach`, whose process is killed while it starts, as often as it is told."""

import os
import signal
from pathlib import Path

from sim_bridge.envs import reach


def make(starts: str, deaths: str) -> object:
    """`starts`: a file that gets a line for each start; `deaths`: how many of them are killed."""
    with Path(starts).open("a") as file:
        file.write("started\n")
    if len(Path(starts).read_text().splitlines()) <= int(deaths):
        os.kill(os.getpid(), signal.SIGKILL)
    return reach.make()
