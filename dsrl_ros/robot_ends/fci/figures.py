"""How well the 1 kHz loop keeps time, and how hard the commands are: what the driver tells once a second."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dsrl_core.types import F64
from dsrl_ros.robot_ends.fci.follower import TICK_S

BIN_S = 5e-5
BINS = 1000  # up to 50 ms


@dataclass(slots=True)
class Figures:
    """Counts of one motion, from the start of control on."""

    ticks: int = 0
    lost_ticks: int = 0  # of the arm's milliseconds, for which no command was computed
    late_ticks: int = 0  # for which one was computed too late
    peak_speed: float = 0.0  # rad/s, of what was commanded
    peak_acceleration: float = 0.0  # rad/s^2
    peak_jerk: float = 0.0  # rad/s^3
    least_success_rate: float = 1.0  # of the arm's own figure, after the first 100 ticks
    _periods: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))
    _answers: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))
    _before: list[F64] = field(default_factory=list)  # commanded positions of up to three ticks before

    def tick(self, period_s: float, answer_s: float, passed_s: float, late: bool, success_rate: float) -> None:
        """Count one tick.

        Args:
            period_s: since the tick before.
            answer_s: from the arm's state to the command that answers it.
            passed_s: on the arm's clock since the state before.
            late: whether the command was not sent, as it would have come too late.
            success_rate: as the arm tells it.
        """
        self.ticks += 1
        lost = max(round(passed_s / TICK_S) - 1, 0)
        self.lost_ticks += lost
        self.late_ticks += late
        if lost or late:
            self._before.clear()  # the arm filled the gap itself
        if self.ticks > 100:
            self.least_success_rate = min(self.least_success_rate, success_rate)
        self._periods[min(int(period_s / BIN_S), BINS - 1)] += 1
        self._answers[min(int(answer_s / BIN_S), BINS - 1)] += 1

    def commanded(self, positions: F64) -> None:
        """Take the positions f64[n] that were commanded at this tick, rad."""
        steps = [*self._before, positions][-4:]
        self._before = steps[-3:]
        peaks = [0.0, 0.0, 0.0]
        rows: list[F64] = steps
        for order in range(len(steps) - 1):
            rows = [(after - before) / TICK_S for before, after in pairwise(rows)]
            peaks[order] = float(np.abs(rows[-1]).max())
        self.peak_speed = max(self.peak_speed, peaks[0])
        self.peak_acceleration = max(self.peak_acceleration, peaks[1])
        self.peak_jerk = max(self.peak_jerk, peaks[2])

    def told(self) -> dict[str, float]:
        """All figures by name; times in ms."""
        return {
            "ticks": self.ticks,
            "lost_ticks": self.lost_ticks,
            "late_ticks": self.late_ticks,
            "least_success_rate": round(self.least_success_rate, 3),
            "period_p50_ms": _percentile(self._periods, 0.5),
            "period_p99_ms": _percentile(self._periods, 0.99),
            "answer_p50_ms": _percentile(self._answers, 0.5),
            "answer_p99_ms": _percentile(self._answers, 0.99),
            "peak_speed": round(self.peak_speed, 4),
            "peak_acceleration": round(self.peak_acceleration, 3),
            "peak_jerk": round(self.peak_jerk, 1),
        }


def _percentile(counts: np.ndarray, share: float) -> float:
    total = int(counts.sum())
    place = int(np.searchsorted(np.cumsum(counts), share * total)) if total else 0
    return round((place + 1) * BIN_S * 1e3, 2)
