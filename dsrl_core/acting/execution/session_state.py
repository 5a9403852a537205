"""The states of a session and its settings."""

from dataclasses import dataclass
from enum import IntEnum

from dsrl_core.acting.execution.rails.permit import DEADMAN_S

LABEL_S = 60.0
RECOVERY_S = 10.0  # from a confirmation until the rails have to be content


class SessionState(IntEnum):
    """As `dsrl_ros/msg/ExecutorStatus`, whose WAITING is RUNNING between two chunks."""

    IDLE = 0
    RUNNING = 1
    HOLD = 3
    ARMED = 4
    FAULT = 5
    RESETTING = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    guided: bool = True  # whether the arm is moved home, with confirmations, before each episode; else ARM begins it
    label_s: float = LABEL_S  # within which a label counts
    deadman_s: float = DEADMAN_S  # for how long the dead-man counts as held; infinite where there is none
