"""Chunks that are not carried out, and what three of them in a row mean."""

import numpy as np
import pytest

from dsrl_core.acting.execution.rails.chunk_soundness import ChunkSoundness, fault_of, unknown_names
from dsrl_core.acting.execution.rails.verdict import OK, Level
from dsrl_core.types import ActionChunk, Noise, NoiseSource

H, A = 4, 2
NOISE = Noise(np.zeros((1, 2), np.float32), NoiseSource.ZERO)
LOW, HIGH = np.array([-1, 0], np.float32), np.array([1, 1], np.float32)


def chunk(actions: np.ndarray | None = None, execute: int = H) -> ActionChunk:
    return ActionChunk(0, np.zeros((H, A), np.float32) if actions is None else actions, execute, 0.05, NOISE)


def spoilt(value: float) -> np.ndarray:
    actions = np.zeros((H, A), np.float32)
    actions[-1, 0] = value  # beyond what is executed, too
    return actions


@pytest.mark.parametrize(
    ("given", "decision", "word"),
    [
        (chunk(), 3, ""),
        (chunk(execute=1), 2, ""),
        (chunk(), 4, "comes before chunk 3"),
        (chunk(np.zeros((H, 3), np.float32)), 3, "has shape"),
        (chunk(spoilt(np.nan), execute=2), 3, "NaN"),
        (chunk(spoilt(-np.inf)), 3, "infinity"),
        (chunk(execute=0), 3, "asks for 0 steps"),
        (chunk(execute=H + 1), 3, "asks for 5 steps"),
    ],
)
def test_what_is_wrong_with_a_chunk(given: ActionChunk, decision: int, word: str):
    fault = fault_of(given, (H, A), decision, 3)
    assert word in fault
    assert bool(fault) == bool(word)


def test_joints_are_compared_by_name():
    assert unknown_names(["a", "b"], {"b", "a", "finger"}) == ""
    assert unknown_names(["a", "b"], {"b", "panda_a"}) == "commands a, which the robot does not report"


def test_three_refused_in_a_row_drop_the_episode():
    rail = ChunkSoundness(LOW, HIGH)
    levels = [rail.judge(chunk(), fault).level for fault in ("x", "x", "", "x", "x", "x")]
    assert levels == [Level.HOLD, Level.HOLD, Level.OK, Level.HOLD, Level.HOLD, Level.DROP]
    rail.begin()
    assert rail.judge(chunk(), "is wrong").reason == "a chunk is refused: it is wrong"


def test_steps_outside_the_bounds_are_counted_if_they_are_executed():
    rail, actions = ChunkSoundness(LOW, HIGH), np.array([[0, 0], [1.1, 2], [0, -0.1], [9, 0]], np.float32)
    assert rail.judge(chunk(actions, execute=3), "") == OK
    assert rail.clipped_steps == 2
    rail.judge(chunk(actions), "is refused")
    assert rail.clipped_steps == 2
