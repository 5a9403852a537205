"""A block of gradient steps."""

from dataclasses import dataclass

from dsrl_core.types import Episode


@dataclass(frozen=True, slots=True)
class Block:
    """The block of gradient steps that one episode asks for."""

    first_step: int  # gradient steps before it
    started_s: float  # monotonic
    episode: Episode | None  # None if an earlier process put it into the replay buffer
