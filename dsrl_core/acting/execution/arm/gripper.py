"""Which steps command the gripper: those at which it shall change, and not too soon after the last change."""

import math

CLOSES_ABOVE = 0.5  # of an action's value, as DROID has it


class GripperEdges:
    """Tells edges from repetition. A change that comes too soon waits, and is forgotten where it is taken back."""

    def __init__(self, dwell_s: float) -> None:
        self._dwell_s = dwell_s
        self._closed = False  # as it was last commanded or known; a reset opens it
        self._changed_s = -math.inf

    def know(self, closed: bool) -> None:
        """The gripper is open or closed, whoever did it."""
        self._closed = closed

    def edge(self, value: float, now_s: float) -> bool | None:
        """Whether the gripper shall be closed from now on; None where nothing changes yet."""
        closed = value > CLOSES_ABOVE
        if closed == self._closed or now_s - self._changed_s < self._dwell_s:
            return None
        self._closed, self._changed_s = closed, now_s
        return closed
