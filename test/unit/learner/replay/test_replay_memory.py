"""What a transition costs in memory, measured in processes of their own; 1 kB is 1000 bytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIBERO = "LearnerShapes(1, 64, 8, 0, 1, 32)"
FRANKA = "LearnerShapes(3, 128, 8, 2048, 1, 32)"
NO_HUGE_PAGES = 41  # PR_SET_THP_DISABLE of Linux' prctl
PROGRAM = """
import ctypes, json, resource, sys
ctypes.CDLL(None).prctl({no_huge_pages}, 1, 0, 0, 0)  # they come now and then, and are not the buffer's
sys.path[:0] = {paths!r}
if {limit}:
    resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
import numpy as np
from builders import make_episode
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.networks.shapes import LearnerShapes

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

episode = make_episode(0, 20, {shapes})
before = resident()
replay = Replay({capacity}, {shapes}, 0.99)
fresh = resident()
for number in range(min(5, {episodes})):
    replay.add(episode)  # what the process needs once is not the transitions'
few, started = len(replay), resident()
for number in range({episodes} - 5):
    replay.add(episode)
each = (resident() - started) / max(len(replay) - few, 1)
print(json.dumps({{"empty": fresh - before, "each": each, "held": len(replay),
                  "said": replay.nbytes / max(len(replay), 1)}}))
"""


def _measure(shapes: str, capacity: int, episodes: int, limit: int = 0) -> dict[str, float]:
    paths = [str(HERE), str(HERE.parents[2])]
    program = PROGRAM.format(
        paths=paths, shapes=shapes, capacity=capacity, episodes=episodes, limit=limit, no_huge_pages=NO_HUGE_PAGES
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


@pytest.mark.parametrize(
    ("shapes", "capacity", "episodes", "allowed"),
    [(LIBERO, 25_000, 600, 13_200), (FRANKA, 33_333, 60, 165_000), (LIBERO, 15_000, 1_600, 13_200)],
    ids=["libero", "franka", "libero after wrap-around"],
)
def test_bytes_per_transition_of_episodes_that_time_out(shapes: str, capacity: int, episodes: int, allowed: int):
    measured = _measure(shapes, capacity, episodes)
    assert measured["held"] == min(episodes * 20, capacity)
    assert measured["said"] <= allowed
    assert measured["each"] == pytest.approx(measured["said"], rel=0.03), (
        "how much the process grew, which is less exact"
    )


def test_an_empty_buffer_of_full_capacity_takes_no_memory():
    assert _measure(FRANKA, 33_333, 0)["empty"] < 1_000_000


def test_address_space_is_taken_as_it_is_needed():
    """33,333 transitions of this size are 5.4 GB: more than the process may have."""
    assert _measure(FRANKA, 33_333, 10, limit=2_000_000_000)["held"] == 200
