"""A chunk begins within 1.5 s of its observation, goes on without a gap, and is never resumed after a HOLD."""

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, ms

NUMBER = 8
DEADLINE = "older than 1.5 s; a gap of 150 ms inside a chunk; 2 s without a chunk"
ACTION = "an old chunk is not begun; HOLD in a gap, and the rest is discarded; a notice while waiting"

AGE_S = 1.5
GAP_S = 0.15
WAITING_S = 2.0


def check_age(age_s: float) -> Verdict:
    """Judge a chunk that is about to begin, by the time since its observation; not OK means that it is discarded."""
    if age_s <= AGE_S:
        return OK
    return Verdict(Level.HOLD, f"a chunk is discarded: its observation is {age_s:.1f} s old; allowed: {AGE_S:g} s")


def check_gap(since_step_s: float) -> Verdict:
    """Judge the time since the last step of a chunk that has further steps."""
    if since_step_s <= GAP_S:
        return OK
    return Verdict(Level.HOLD, f"no step for {ms(since_step_s)} inside a chunk; allowed: {ms(GAP_S)}")


def check_waiting(since_chunk_s: float) -> Verdict:
    """Judge the time since a chunk has been waited for: no fault, however long the policy takes."""
    if since_chunk_s <= WAITING_S:
        return OK
    return Verdict(Level.NOTICE, f"the next chunk has been awaited for {since_chunk_s:.1f} s; the arm is at rest")
