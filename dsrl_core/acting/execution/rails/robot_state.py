"""Joint states keep coming, the robot's hardware is active, and it reports neither a reflex nor a user stop.

A reflex of a Franka reaches ROS as silence: the hardware component becomes inactive, its controllers stop with it, and
the mode may never be published. So silence counts as much as the robot's own word.
"""

from dataclasses import dataclass

from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict, ms

NUMBER = 1
DEADLINE = "50 ms of silence: HOLD; 200 ms: FAULT; inactive, reflex or user stop: FAULT at once"
ACTION = "no output; FAULT stays until the operator confirms"

HOLD_S = 0.05
FAULT_S = 0.2
REFLEX, USER_STOPPED = 4, 5
MODES = {REFLEX: "a reflex has stopped the arm", USER_STOPPED: "the user stop is pressed"}  # libfranka's RobotMode


@dataclass(frozen=True, slots=True)
class RobotState:
    """What is known of the robot."""

    heard_s: float | None  # monotonic time of the newest joint states, None before the first
    active: bool = True  # the hardware component, and the controller that takes our commands
    mode: int | None = None  # libfranka's RobotMode, None where nobody publishes it


def check(state: RobotState, now_s: float) -> Verdict:
    """Judge the robot's state at the monotonic time `now_s`."""
    if state.mode in MODES:
        return Verdict(Level.FAULT, MODES[state.mode], reflex=state.mode == REFLEX)
    if not state.active:
        return Verdict(Level.FAULT, "the robot's hardware or its controller is not active", reflex=True)
    if state.heard_s is None:
        return Verdict(Level.HOLD, "no joint states came yet")
    silent_s = now_s - state.heard_s
    if silent_s > FAULT_S:
        return Verdict(Level.FAULT, f"no joint states for {ms(silent_s)}", reflex=True)
    return Verdict(Level.HOLD, f"no joint states for {ms(silent_s)}") if silent_s > HOLD_S else OK
