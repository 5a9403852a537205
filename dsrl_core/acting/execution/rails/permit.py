"""The arm moves only while it is armed, ready, commanded by one node and the dead-man is held, for 200 steps at most.

A reset moves at 0.5 rad/s at most, and only after the operator has confirmed that the area is clear.
"""

from dataclasses import dataclass

import numpy as np

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.types import F64

NUMBER = 12
DEADLINE = "250 ms after the dead-man was last held; a second sender found; the episode's last step"
ACTION = "stop, HOLD, which with a second sender the operator confirms; at the last step the episode ends"

DEADMAN_S = 0.25
MAX_STEPS = 200
RESET_SPEED = 0.5  # rad/s
RESET_LEAST_S = 2.0
QUINTIC_PEAK = 1.875  # peak over mean speed of a quintic from rest to rest


@dataclass(frozen=True, slots=True)
class Permit:
    """What has to hold for the arm to move."""

    armed: bool
    ready: bool
    held_s: float | None  # monotonic time at which the dead-man was last held, None for never
    within_s: float = DEADMAN_S  # for how long that counts; infinite where no dead-man is asked for


def check(permit: Permit, now_s: float) -> Verdict:
    """Judge whether the arm may move at the monotonic time `now_s`."""
    if not permit.armed:
        return Verdict(Level.HOLD, "the arm is not armed")
    if not permit.ready:
        return Verdict(Level.HOLD, "the robot is not ready")
    if permit.within_s == float("inf"):
        return OK
    held = permit.held_s is not None and now_s - permit.held_s <= permit.within_s
    return OK if held else Verdict(Level.HOLD, "the dead-man is not held")


def check_senders(others: str) -> Verdict:
    """Judge whether somebody else commands the arm: `others` are the senders besides the executor, empty for none."""
    if not others:
        return OK
    return Verdict(Level.LATCHED, f"another node commands the arm: {others}; end it, then confirm")


def out_of_steps(steps: int, max_steps: int = MAX_STEPS) -> bool:
    """Whether an episode of so many executed steps is over."""
    return steps >= max_steps


def reset_time_s(change: F64) -> float:
    """Duration of a quintic from rest to rest over `change` f64[j], rad, so that no joint exceeds `RESET_SPEED`."""
    return max(RESET_LEAST_S, QUINTIC_PEAK * float(np.abs(change).max()) / RESET_SPEED)
