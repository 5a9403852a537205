"""The executor's output."""

from dataclasses import dataclass

from dsrl_core.types import F32


@dataclass(frozen=True, slots=True)
class Step:
    """One control step of a chunk."""

    stamp_ns: int  # of the joint states that it answers
    decision: int  # number of the chunk in the episode, from 0
    index: int  # position in the chunk
    values: F32  # [a]
    decision_due: bool  # whether it is the chunk's last executed step, after which the next decision is made
    following: F32 | None = None  # [a], the chunk's next step that is to be executed; None where there is none
