"""From steps to messages of knots that a joint trajectory controller may receive late, or not at all."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dsrl_core.acting.execution.arm.planner import LONGEST_TICK, Planner, Setpoint
from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.types import F64

SETTLE_S = 0.2  # from where the controller holds the arm to where it was measured
NEAR_S = 1e-3  # a knot that is nearer is as good as past: a quintic to it divides by next to nothing
SHORTEST_TICK = 0.9  # periods between two knots at least, while the grid is ahead of the steps


class KnotStream:
    """Puts steps on a grid of absolute times, and makes of each step the knots of one message.

    A message begins with those knots of earlier ones that the controller still heads for: to take it, whenever that
    is, changes nothing of the motion under way. Then come this step, the next one where it is known and the lead is
    shorter than a period, and a stop, where the arm comes to rest if no message follows.

    A step begins `lead_s` after it was sent. So much a message may be late before the stop of the last one begins, at
    the start of a motion and between chunks too; by half of it at least, whatever was before it. A message may be
    lost if its repetition comes in that time. If the stop may have begun, the arm comes to rest and starts from there.

    Times are s by the clock of the caller, from an origin that is near.
    """

    def __init__(self, planner: Planner, period_s: float, lead_s: float) -> None:
        self._planner, self._period_s, self._lead_s = planner, period_s, lead_s
        self._margin_s = max(lead_s - period_s, lead_s / 2)  # so much a message may be late, whatever was before it
        self._sent: list[Knot] = []  # of the last message; those after `_until_s` are its stop
        self._base_s = -math.inf  # time of the planner's setpoint
        self._until_s = -math.inf  # when the stop of the last message begins
        self._anchored = False

    @property
    def rest_s(self) -> float:
        """When the arm comes to rest if no further message follows; -inf before it is anchored."""
        return self._sent[-1].time_s if self._sent else -math.inf

    def anchor(self, now_s: float, positions: F64, settle_s: float = SETTLE_S) -> list[Knot]:
        """Begin at rest at the measured `positions` f64[n], rad; what was sent before no longer counts.

        Returns:
            the knots of a message that brings the controller there from where it holds the arm, a little elsewhere, in
            `settle_s` and a lead.
        Raises:
            ValueError: as `Planner.anchor`.
        """
        self._planner.anchor(positions)
        rest = self._planner.setpoint
        self._sent, self._anchored = [Knot(now_s + self._lead_s + settle_s, rest.positions, rest.velocities)], True
        self._base_s = self._until_s = -math.inf
        return self._sent

    def send(self, now_s: float, velocities: F64, following: F64 | None = None) -> list[Knot]:
        """The knots of the message of a step.

        Args:
            now_s: when it is sent.
            velocities: f64[n], rad/s, that the step wants.
            following: those of the next step of the chunk; None: not known.
        Raises:
            RuntimeError: the arm was not anchored, or not since it was stopped.
            ValueError: not n velocities, or one is not finite.
        """
        if not self._anchored:
            raise RuntimeError("knots: a step of an arm that was not anchored since it was stopped; anchor it at rest")
        velocities = self._planner.checked(velocities)
        flight = self._continued(now_s) if now_s + self._margin_s <= self._until_s else self._from_rest(now_s)
        due_s = self._until_s if self._until_s > self._base_s else self._due(now_s)
        setpoints = [(due_s, self._planner.step(velocities, due_s - self._base_s))]
        if following is not None and self._lead_s < self._period_s:
            setpoints.append((due_s + self._period_s, self._planner.preview(following)))
        self._base_s, self._until_s = due_s, setpoints[-1][0]
        self._sent = [*flight, *self._knots_of(setpoints)]
        return self._sent

    def repeat(self, now_s: float) -> list[Knot]:
        """What the last message says of the time after `now_s`, in case that it was lost; empty where the arm rests."""
        return [knot for knot in self._sent if knot.time_s > now_s + NEAR_S]

    def stop(self, now_s: float) -> list[Knot]:
        """The knots of a message that stops the arm as soon as can be; empty where it rests or stops already.

        It begins at the next knot that is half a lead away: later than that this message must not come, lest the arm
        jolts. As the message may be lost, the arm has to be anchored again before it moves.
        """
        self._anchored = False
        soon_s = now_s + self._lead_s / 2
        ends = [k for k in self._sent if soon_s <= k.time_s <= self._until_s and not np.any(k.accelerations)]
        if not ends:
            return []
        last = ends[0]
        flight = [knot for knot in self.repeat(now_s) if knot.time_s < last.time_s]
        self._sent = [*flight, *self._knots_of([(last.time_s, Setpoint(last.positions, last.velocities))])]
        self._until_s = last.time_s
        return self._sent

    def _continued(self, now_s: float) -> list[Knot]:
        """Knots that the controller may still head for before the setpoint that the step follows."""
        return [knot for knot in self.repeat(now_s) if knot.time_s <= self._base_s]

    def _from_rest(self, now_s: float) -> list[Knot]:
        """The same where the arm stops first; the planner goes on where it rests."""
        flight = self.repeat(now_s)
        self._planner.rest_at(self._sent[-1].positions)
        rest_s = flight[-1].time_s if flight else now_s
        begin_s = now_s + self._lead_s
        self._base_s = self._until_s = begin_s if begin_s > rest_s + NEAR_S else rest_s
        if self._base_s > rest_s:
            rest = self._planner.setpoint
            flight.append(Knot(self._base_s, rest.positions, rest.velocities))
        return flight

    def _due(self, now_s: float) -> float:
        """When the step ends: the lead and a period from now, but after a tick that is neither short nor long."""
        shortest, longest = (self._base_s + ticks * self._period_s for ticks in (SHORTEST_TICK, LONGEST_TICK))
        return min(max(now_s + self._lead_s + self._period_s, shortest), longest)

    def _knots_of(self, setpoints: Sequence[tuple[float, Setpoint]]) -> list[Knot]:
        """A knot per setpoint at its time, and a stop after the last one."""
        knots = [Knot(time_s, setpoint.positions, setpoint.velocities) for time_s, setpoint in setpoints]
        last_s, last = setpoints[-1]
        return [*knots, *(replace(knot, time_s=last_s + knot.time_s) for knot in self._planner.stop(last))]
