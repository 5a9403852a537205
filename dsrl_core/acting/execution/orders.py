"""What the session asks of those around it: the executor, the robot end, and steering."""

from dataclasses import dataclass
from enum import Enum


class Do(Enum):
    """Each is carried out once, in the order in which they come."""

    STOP = "stop"  # discard the chunk in flight and bring the arm to rest
    RECOVER = "recover"  # ask the robot to leave its error
    OPEN = "open"  # open the gripper
    HOME = "home"  # move to the home posture, at the speed of a reset
    ANCHOR = "anchor"  # begin to integrate setpoints from the measured joints; take the force's offset
    READY = "ready"  # tell steering that the episode begins: its first observation is now
    DECIDE = "decide"  # ask steering for a decision: the last chunk was discarded
    END = "end"  # tell steering that the episode has ended: its last observation is now
    SETTLE = "settle"  # tell steering the label; it is final
    DROP = "drop"  # tell steering that the episode does not count


@dataclass(frozen=True, slots=True)
class Order:
    do: Do
    episode: int
    reason: str = ""  # for people
    success: bool = False  # the label of SETTLE
