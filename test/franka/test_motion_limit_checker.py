"""The same random streams before the checker of franka-sim: no violation, and it agrees with the judge of the tests.

It needs franka-sim 1.1.7 in an environment of its own, whose Python the variable FRANKA_SIM_PYTHON names:

    python3 -m venv franka && franka/bin/pip install franka-sim==1.1.7
    FRANKA_SIM_PYTHON=franka/bin/python ./dsrl test -m long test/franka/test_motion_limit_checker.py
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from chunk_streams import Channel, play, random_chunks
from motion_judge import judged

from dsrl_core.acting.execution.arm.model import load_arm

ARM = load_arm("fr3")
PYTHON = os.environ.get("FRANKA_SIM_PYTHON", "")
STREAMS = int(os.environ.get("FRANKA_SIM_STREAMS", "10000"))
PARTS = 20
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON, reason="FRANKA_SIM_PYTHON names no Python that has franka-sim"),
]


def checked(streams: list[np.ndarray], folder: Path) -> list[tuple[int, str] | None]:
    """The checker's verdicts."""
    path = folder / "streams.npz"
    np.savez(path, *streams)
    command = [PYTHON, str(Path(__file__).with_name("checker_process.py")), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [None if verdict is None else (verdict[0], verdict[1]) for verdict in json.loads(done.stdout)]


def own(streams: list[np.ndarray]) -> list[tuple[int, str] | None]:
    verdicts = map(judged, streams)
    return [None if verdict is None else (verdict.cycle, verdict.rule) for verdict in verdicts]


@pytest.mark.parametrize("part", range(PARTS))
def test_random_streams_pass_before_both(part: int, tmp_path: Path):
    count = STREAMS // PARTS
    streams = [play(ARM, seed)[0] for seed in range(part * count, part * count + count)]
    assert checked(streams, tmp_path) == own(streams) == [None] * count


def test_both_agree_on_streams_without_a_lead_over_a_bad_channel(tmp_path: Path):
    streams = [play(ARM, seed, lead_s=0.0, channel=Channel(0.12, 0.0, loses=True))[0] for seed in range(100)]
    verdicts = own(streams)
    assert checked(streams, tmp_path) == verdicts
    assert sum(verdict is not None for verdict in verdicts) > 50


def cubic(seed: int) -> np.ndarray:
    """Velocities that are joined by straight lines: positions by cubics, as without accelerations in a message."""
    draw = np.random.default_rng(seed)
    knots = np.concatenate([np.zeros((1, 7)), np.concatenate(random_chunks(draw, 3))])
    times = np.arange(0, len(knots) - 1, 1e-3 * 15)
    velocities = np.stack([np.interp(times, np.arange(len(knots)), column) for column in knots.T], axis=1)
    return ARM.home + np.cumsum(velocities, axis=0) * 1e-3


def jump(seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    positions = np.tile(ARM.home, (200, 1))
    positions[draw.integers(1, 200) :, draw.integers(7)] += draw.choice([1e-6, 5e-6, 1e-5, 1e-3, 0.1, 2.0, -2.0])
    return positions


@pytest.mark.parametrize("kind", [cubic, jump])
def test_both_agree_on_cubics_and_jumps(kind, tmp_path: Path):
    streams = [kind(seed) for seed in range(100)]
    verdicts = own(streams)
    assert checked(streams, tmp_path) == verdicts
    assert sum(verdict is not None for verdict in verdicts) > 80
