"""A chunk holds finite numbers in the contract's shape, follows the last one, and its joints are the robot's.

Values outside the contract's bounds are clipped by the limits and counted, not refused.
"""

from collections.abc import Collection, Sequence

import numpy as np

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.types import F32, ActionChunk

NUMBER = 2
DEADLINE = "at once"
ACTION = "the chunk is refused, HOLD; three in a row drop the episode"

REFUSALS = 3  # in a row


def fault_of(chunk: ActionChunk, expected: tuple[int, int], decision: int, following: int) -> str:
    """What is wrong with a chunk, empty if nothing.

    Args:
        chunk: of which `execute` actions are to be carried out.
        expected: shape of its actions, (horizon, values).
        decision: its number in the episode.
        following: the highest number that it may have, one above that of the last chunk.
    """
    if decision > following:
        return f"comes before chunk {following}"
    if chunk.actions.shape != expected:
        return f"has shape {chunk.actions.shape}"
    if not np.isfinite(chunk.actions).all():
        return "holds NaN or infinity"
    return "" if 1 <= chunk.execute <= expected[0] else f"asks for {chunk.execute} steps"


def unknown_names(commanded: Sequence[str], reported: Collection[str]) -> str:
    """What is wrong with the joints that a contract commands, given those that the robot reports; empty if nothing."""
    missing = [name for name in commanded if name not in reported]
    return f"commands {', '.join(missing)}, which the robot does not report" if missing else ""


class ChunkSoundness:
    """Counts what is refused: one chunk stops the arm, `REFUSALS` in a row end the episode."""

    def __init__(self, low: F32, high: F32) -> None:
        """`low` and `high` f32[a] are the contract's bounds."""
        self._low, self._high = low, high
        self.refused_in_a_row = 0
        self.clipped_steps = 0  # of the chunks that were taken, those with a value outside the bounds

    def begin(self) -> None:
        """Start an episode."""
        self.refused_in_a_row = 0

    def judge(self, chunk: ActionChunk, fault: str) -> Verdict:
        """Note a chunk with what is wrong with it, empty if nothing; see `fault_of` and `unknown_names`."""
        if not fault:
            executed = chunk.actions[: chunk.execute]
            self.clipped_steps += int(((executed < self._low) | (executed > self._high)).any(axis=-1).sum())
            self.refused_in_a_row = 0
            return OK
        self.refused_in_a_row += 1
        if self.refused_in_a_row >= REFUSALS:
            return Verdict(Level.DROP, f"{self.refused_in_a_row} chunks in a row were refused; the last one {fault}")
        return Verdict(Level.HOLD, f"a chunk is refused: it {fault}")
