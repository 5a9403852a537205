"""Which states of the arm were read too late for an answer. An arm drops a late one; a simulator may take it."""

LATE_PERIODS = 1.8  # since the state before, of the usual time between two
GAIN = 1 / 200  # of each period in the usual one
MOST = 3  # states in a row that are passed over: a machine may be as slow as this for ever


class Punctuality:
    """Follows how far apart states are read, which on a busy machine, or of a slow simulator, is more than a tick."""

    def __init__(self, tick_s: float) -> None:
        self._usual_s = self._tick_s = tick_s
        self._passed_over = 0

    def is_late(self, period_s: float, passed_s: float) -> bool:
        """Whether a state is not to be answered.

        Args:
            period_s: from the reading of the state before to that of this one.
            passed_s: on the arm's clock, between both.
        """
        ticks = max(passed_s / self._tick_s, 1.0)
        late = period_s / ticks > LATE_PERIODS * self._usual_s and self._passed_over < MOST
        self._usual_s += GAIN * (min(period_s / ticks, 10 * self._tick_s) - self._usual_s)
        self._passed_over = self._passed_over + 1 if late else 0
        return late
