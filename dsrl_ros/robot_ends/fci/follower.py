"""The setpoint of the arm: follows trajectories that it can follow, refuses others, and always ends at rest."""

from collections.abc import Generator
from copy import copy

import numpy as np

from dsrl_core.acting.execution.arm.blend import SLACK, beyond, outside, tried, ways
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.quintic import Knot, State, Track, evaluate, quintic
from dsrl_core.types import F64
from dsrl_ros.robot_ends.fci.link import Trajectory

TICK_S = 1e-3
AHEAD = 64  # setpoints that are computed at once: numpy's calls cost more than its numbers
NEAREST_S = 0.01  # a knot that is nearer is left out: what clocks differ by would be a jerk
EARLY_S = 1.0  # a trajectory that begins later than in this time has a stamp of another clock
BRAKING = 0.5  # of the arm's greatest acceleration and jerk
STOPS_S = 0.05 * 1.25 ** np.arange(16)  # times that a stop may take


class Follower:
    """A track of quintics that is only ever replaced by one within the arm's limits. Times are the arm's own."""

    def __init__(self, arm: ArmModel, positions: F64) -> None:
        """At rest at `positions` f64[n], rad."""
        self._arm = arm
        self._track = Track(positions)
        self._ahead: F64 | None = None  # [AHEAD, n], from `_ahead_s` on
        self._ahead_s = 0.0
        self._next: tuple[float, Track] | None = None  # what is to be followed, and from when on

    def at(self, now_s: float) -> F64:
        """The setpoint f64[n], rad, at a time that is not before those of earlier calls."""
        self._adopt(now_s)
        index = round((now_s - self._ahead_s) / TICK_S)
        if self._ahead is None or not 0 <= index < AHEAD or abs(self._ahead_s + index * TICK_S - now_s) > SLACK:
            index, self._ahead_s = 0, now_s
            self._ahead = self._track.samples(now_s + TICK_S * np.arange(AHEAD, dtype=np.float64))[0]
        return self._ahead[index]

    def state(self, now_s: float) -> State:
        """Positions, velocities and accelerations of the setpoint, each f64[n]."""
        return self._track.sample(now_s)

    def states(self, times_s: F64) -> State:
        """The same at several times f64[t], each f64[t, n]."""
        return self._track.samples(times_s)

    def at_rest(self, now_s: float) -> bool:
        """Whether the last knot is reached."""
        return now_s >= self._track.end_s

    def follow(self, now_s: float, trajectory: Trajectory, start_s: float) -> str:
        """Follow a trajectory whose times count from `start_s`; returns why not, in which case nothing changes."""
        looking = self.consider(now_s, trajectory, start_s)
        while True:
            try:
                next(looking)
            except StopIteration as done:
                self._adopt(now_s)
                return str(done.value)

    def consider(self, begin_s: float, trajectory: Trajectory, start_s: float) -> Generator[None, None, str]:
        """The same in steps short enough for one each tick: it is followed from `begin_s` on, which lies ahead.

        Returns:
            why not, once it is known; empty where it will be followed.
        """
        wrong = self._unsound(trajectory) or _untimely(begin_s, trajectory, start_s)
        if wrong:
            return wrong
        yield
        times = start_s + trajectory.times_s
        kept = times > begin_s + NEAREST_S
        kept[-1] = True
        bends = np.zeros_like(trajectory.velocities) + trajectory.accelerations
        parts = (times[kept], trajectory.positions[kept], trajectory.velocities[kept], bends[kept])
        knots, base = [Knot(*knot) for knot in zip(*parts, strict=True)], self._track
        late = not kept.all() or begin_s < base.end_s
        for instead, share in ways(knots, late):
            yield
            trial, looks, way = tried(base, begin_s, instead)
            yield
            found = beyond(self._arm, looks, way, share)
            if not found:
                break
            wrong = wrong or found
        else:
            away = np.abs(knots[0].positions - base.sample(begin_s)[0]).max()
            return f"{wrong}; its first knot lies {away:.3f} rad away and {knots[0].time_s - begin_s:.3f} s ahead"
        if self._track is base:  # nothing else was decided meanwhile
            self._next = (begin_s, trial)
        return ""

    def forget(self) -> None:
        """Do not follow what was found good but has not begun."""
        self._next = None

    def _adopt(self, now_s: float) -> None:
        """Follow what was found good, once its time has come."""
        if self._next is not None and now_s >= self._next[0] - SLACK:
            self._take(self._next[1])

    def brake(self, now_s: float) -> None:
        """Come to rest as soon as half of the arm's limits allow, unless what is followed does so sooner."""
        self.forget()
        here = self._track.sample(now_s)
        span = _stop_s(here, BRAKING * self._arm.acceleration_max, BRAKING * self._arm.jerk_max)
        if now_s + span >= self._track.end_s:
            return
        trial, stop = copy(self._track), here[0] + here[1] * span / 2
        trial.replace(now_s, [Knot(now_s + span, stop, np.zeros_like(stop))])
        self._take(trial)

    def _take(self, track: Track) -> None:
        self._track, self._ahead, self._next = track, None, None

    def _unsound(self, trajectory: Trajectory) -> str:
        arm, positions = self._arm, trajectory.positions
        if not len(trajectory.times_s) or positions.shape[1] != arm.size:
            return f"expected knots of {arm.size} joints, got {positions.shape}"
        numbers = (trajectory.times_s, positions, trajectory.velocities, trajectory.accelerations)
        if not all(np.isfinite(part).all() for part in numbers):
            return "a value is not finite"
        if (trajectory.times_s[1:] <= trajectory.times_s[:-1]).any():
            return f"times do not rise: {np.round(trajectory.times_s, 4).tolist()}"
        if trajectory.velocities[-1].any():
            return "it does not end at rest: the velocities of its last knot are not 0"
        return outside(arm, positions)


def _untimely(now_s: float, trajectory: Trajectory, start_s: float) -> str:
    late = now_s - (start_s + trajectory.times_s[-1])
    if late >= 0:
        return f"it is wholly in the past, by {late:.3f} s; sender and driver need one clock"
    early = start_s - now_s
    if early > EARLY_S:
        return f"it begins {early:.3f} s from now, allowed: {EARLY_S:g} s; sender and driver need one clock"
    return ""


def _stop_s(here: State, acceleration: F64, jerk: F64) -> float:
    """The shortest of `STOPS_S` in which a quintic brings a state to rest within limits f64[n], or the last one."""
    (positions, velocities, accelerations), spans = here, STOPS_S[:, None]
    still = np.zeros((len(STOPS_S), len(positions)))
    start = (still + positions, still + velocities, still + accelerations)
    ways = quintic(start, (start[0] + velocities * spans / 2, still, still), spans)  # type: ignore[arg-type]
    steps = np.linspace(0.0, 1.0, 40)
    bends = evaluate(np.moveaxis(ways, 0, 1)[:, None], spans * steps)[2]  # [spans, steps, n]
    jerks = np.abs(bends[:, 1:] - bends[:, :-1]) / (spans[:, None] * steps[1])
    bound = np.maximum(acceleration, np.abs(accelerations) + SLACK)  # it may begin with more
    good = (np.abs(bends) <= bound).all(axis=(1, 2)) & (jerks <= jerk).all(axis=(1, 2))
    return float(STOPS_S[good.argmax() if good.any() else -1])
