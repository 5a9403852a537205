"""What leaves the executor."""

from dataclasses import dataclass

from dsrl_core.types import F32


@dataclass(frozen=True, slots=True)
class Step:
    """One control step of a chunk."""

    stamp_ns: int  # of the joint states it answers
    decision: int  # number of the chunk in the episode
    index: int  # position in the chunk
    values: F32  # [a]
    decision_due: bool  # last step of the chunk that is carried out
