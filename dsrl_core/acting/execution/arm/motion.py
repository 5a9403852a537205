"""An arm's motion as it is commanded: trajectories of steps, stops and the way home, and the gripper's edges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.planner import Planner, Setpoint, stop_after
from dsrl_core.acting.execution.arm.quintic import Knot, State, Track
from dsrl_core.acting.execution.rails.permit import reset_time_s
from dsrl_core.types import F32, F64

CLOSES = 0.5  # a gripper's value above this closes it
DWELL_S = 0.5  # between two commands to a gripper
BRAKES_S = 0.05  # from now until the way home is left for a stop
RESTS = 1e-3  # rad/s


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A trajectory to be sent; the times of its knots are monotonic seconds."""

    knots: tuple[Knot, ...]


@dataclass(frozen=True, slots=True)
class Grip:
    """A command to the gripper."""

    closes: bool


class Motion:
    """Follows what is commanded, as the robot's controller does, so that it knows the setpoint at any time."""

    def __init__(self, arm: ArmModel, planner: Planner, *, period_s: float, lead_s: float, speed: float) -> None:
        """An arm that is not anchored yet.

        Args:
            arm: whose joints come first in every action, its gripper's value after them.
            planner: of its steps, with the same period.
            period_s: of the steps, s.
            lead_s: how late a message may come, s; see `KnotStream`.
            speed: of a joint at a value of 1, rad/s.
        """
        self._arm, self._planner, self._speed = arm, planner, speed
        self._stream = KnotStream(planner, period_s, lead_s)
        self._track: Track | None = None  # the controller's setpoint, once it is known where the arm is
        self._closed: bool | None = None
        self._gripped_s = float("-inf")
        self._last: tuple[Knot, ...] = ()  # knots of the last trajectory
        self._goes_home = False
        self.anchored = False  # whether steps may be sent

    @property
    def home_positions(self) -> F64:
        """f64[n], rad."""
        return self._arm.home

    @property
    def held_back_s(self) -> float:
        """For how long the workspace has kept the arm at rest that wanted to move."""
        return self._planner.held_back_s

    @property
    def clipped_share(self) -> float:
        """Share of the steps that a rail changed."""
        return self._planner.clipped_share

    def anchor(self, positions: F64, now_s: float) -> list[Trajectory]:
        """Begin at rest at the measured positions f64[n], rad, to which the controller is brought."""
        self._track = self._track or Track(positions)
        self._goes_home, self.anchored = False, True
        return [self._sent(self._stream.anchor(now_s, positions), now_s)]

    def sample(self, now_s: float) -> State | None:
        """The setpoint now: positions, velocities, accelerations, each f64[n]; None before the arm was anchored."""
        return None if self._track is None else self._track.sample(now_s)

    def at_rest(self, now_s: float) -> bool:
        """Whether nothing moves any more that was commanded."""
        return self._track is None or now_s >= self._track.end_s or not _moves(self._track.sample(now_s))

    def repeat(self, now_s: float) -> list[Trajectory]:
        """What is still to come of the last trajectory, in case that it was lost; nothing at rest."""
        ahead = tuple(knot for knot in self._last if knot.time_s > now_s)
        return [Trajectory(ahead)] if ahead and not self.at_rest(now_s) else []

    def step(self, values: F32, following: F32 | None, now_s: float) -> list[Trajectory | Grip]:
        """What a step f32[a] sends; `following` is the next one of the chunk, None where there is none."""
        after = None if following is None else self._velocities(following)
        knots = self._stream.send(now_s, self._velocities(values), after)
        return [self._sent(knots, now_s), *self._grip(values, now_s)]

    def stop(self, now_s: float) -> list[Trajectory]:
        """What brings the arm to rest, whatever moves it; nothing where it rests. Then it has to be anchored again."""
        if not self.anchored:
            return []
        self.anchored = False
        knots = self._stream.stop(now_s)  # in any case, so that nothing of before goes on
        knots = self._brake(now_s) if self._goes_home else knots
        return [self._sent(knots, now_s)] if knots else []

    def home(self, now_s: float) -> list[Trajectory]:
        """What moves the anchored arm home from rest, at the speed of a reset."""
        start = self._last[-1]
        span_s = reset_time_s(self._arm.home - start.positions)
        self._goes_home = True
        rest = Knot(start.time_s + span_s, self._arm.home, np.zeros(self._arm.size))
        return [self._sent([start, rest], now_s)]

    def open(self, now_s: float) -> Grip:
        """What opens the gripper."""
        self._closed, self._gripped_s = False, now_s
        return Grip(closes=False)

    def _velocities(self, values: F32) -> F64:
        return self._speed * np.asarray(values[: self._arm.size], np.float64)

    def _grip(self, values: F32, now_s: float) -> list[Grip]:
        """The gripper's command where it is another than the last one, which has had its time."""
        if len(values) <= self._arm.size or now_s - self._gripped_s < DWELL_S:
            return []
        closes = bool(values[self._arm.size] > CLOSES)
        if closes == self._closed:
            return []
        self._closed, self._gripped_s = closes, now_s
        return [Grip(closes)]

    def _brake(self, now_s: float) -> list[Knot]:
        """A stop on the way home; empty at its end."""
        soon_s = now_s + BRAKES_S
        if self._track is None or soon_s >= self._track.end_s:
            return []
        positions, velocities, _ = self._track.sample(soon_s)
        stop = stop_after(Setpoint(positions, velocities))
        rest = Knot(soon_s + stop.time_s, stop.positions, stop.velocities)
        return [Knot(soon_s, positions, velocities), rest]

    def _sent(self, knots: Sequence[Knot], now_s: float) -> Trajectory:
        if self._track is not None:
            self._track.replace(now_s, knots)
        self._last = tuple(knots)
        return Trajectory(self._last)


def _moves(state: State) -> bool:
    return bool((np.abs(state[1]) > RESTS).any())
