"""The rhythm of steps on hardware: by the stamps of the joint states, and never faster than local time allows."""


class Pace:
    """Spaces steps by one period.

    A late step shortens the period after it, by half at most, so that there are no bursts. Stamps alone are not
    trusted: a clock that runs ahead would speed the robot up. So by local time, too, no two steps come closer than half
    a period, and on average they do not come faster than one in a period.
    """

    def __init__(self, period_ns: int) -> None:
        self._period_ns, self._period_s = period_ns, 1e-9 * period_ns
        self._due_ns: int | None = None  # the earliest stamp of the next step; None: any
        self._local_s = float("-inf")  # local time at which the next step would come if all were on time

    def restart(self) -> None:
        """Forget the stamps, as another clock is followed now; local time goes on."""
        self._due_ns = None

    def due(self, tick_ns: int, now_s: float) -> bool:
        """Whether a step may answer joint states stamped `tick_ns` at the monotonic time `now_s`."""
        by_stamp = self._due_ns is None or tick_ns >= self._due_ns
        return by_stamp and now_s >= self._local_s - self._period_s / 2

    def sent(self, tick_ns: int, now_s: float) -> None:
        """Note a step that was sent."""
        period, due = self._period_ns, self._due_ns
        if due is None or tick_ns - due >= period:
            self._due_ns = tick_ns + period  # the first step, or one after a pause: periods count from it
        else:
            self._due_ns = max(due + period, tick_ns + period // 2)
        self._local_s = max(self._local_s, now_s) + self._period_s
