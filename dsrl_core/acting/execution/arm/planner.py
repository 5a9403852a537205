"""From wanted velocities to setpoints that an arm can follow and from which it can always stop within its limits."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from dsrl_core.acting.execution.arm.dynamics import mass_matrix
from dsrl_core.acting.execution.arm.kinematics import tool_motion, tool_place, tool_speed
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.quintic import Knot
from dsrl_core.acting.execution.rails import acceleration, joint_range, joint_speed
from dsrl_core.acting.execution.rails import workspace as workspace_rail
from dsrl_core.acting.execution.rails.workspace import Workspace
from dsrl_core.types import F64

SHARES = np.arange(1.0, -0.01, -0.125)  # of the way from braking to what is wanted, tried in this order
NEAREST_S = 1e-3  # knots that are nearer to each other are one
LONGEST_TICK = 1.5  # periods: what a step may take where it comes late


@dataclass(frozen=True, slots=True, eq=False)
class Setpoint:
    """Where an arm of n joints is to be at a knot, and how fast."""

    positions: F64  # [n], rad
    velocities: F64  # [n], rad/s


class Planner:
    """Integrates velocities to setpoints, one knot after another, within the motion rails.

    Rails 3, 5 and 6 bound what is wanted, rail 4 how fast that is approached. As the last word, the step is drawn
    towards braking until a stop from where it ends keeps to all of them. Braking itself always does: it goes on where
    the last setpoint's stop would have gone. Positions follow from velocities, q1 = q0 + (v0 + v1) / 2 * T.
    """

    def __init__(self, arm: ArmModel, period_s: float, space: Workspace) -> None:
        """`period_s`: time between two knots, s; `space`: where the tool may be and how fast."""
        self._arm, self._period_s, self._space = arm, period_s, space
        self._setpoint: Setpoint | None = None
        self.steps = 0  # committed
        self.clipped_steps = 0  # of these, not as wanted
        self.clipped: Counter[int] = Counter()  # steps that each rail changed, by its number
        self.held_back_s = 0.0  # how long the workspace has kept the arm at rest that wanted to move

    @property
    def setpoint(self) -> Setpoint:
        """The last one that was committed. Raises RuntimeError before `anchor`."""
        if self._setpoint is None:
            raise RuntimeError("planner: a step before the arm was anchored; call anchor(positions) when it is armed")
        return self._setpoint

    @property
    def clipped_share(self) -> float:
        """Share of the committed steps that were not as wanted."""
        return self.clipped_steps / max(self.steps, 1)

    def anchor(self, positions: F64) -> None:
        """Begin at rest at `positions` f64[n], rad: those measured when the arm is armed.

        Raises:
            ValueError: not n values, or one is not finite.
        """
        rest = np.array(positions, np.float64)
        if rest.shape != (self._arm.size,) or not np.isfinite(rest).all():
            raise ValueError(f"anchor: expected {self._arm.size} finite positions of {self._arm.name}, got {positions}")
        self.rest_at(rest)
        self.held_back_s = 0.0

    def rest_at(self, positions: F64) -> None:
        """Go on at rest at `positions` f64[n], rad, where the last stop has ended."""
        self._setpoint = Setpoint(positions, np.zeros(self._arm.size))

    def step(self, velocities: F64, span_s: float | None = None) -> Setpoint:
        """Commit the setpoint `span_s` (by default a period) after the last one, with the wanted velocities f64[n].

        Raises:
            RuntimeError: the arm was not anchored.
            ValueError: not n values, or one is not finite.
        """
        span = self._period_s if span_s is None else span_s
        before, (after, rails) = self.setpoint, self._next(velocities, span)
        stuck = workspace_rail.NUMBER in rails and not after.velocities.any() and not before.velocities.any()
        self.held_back_s = self.held_back_s + span if stuck else 0.0
        self.steps, self.clipped_steps = self.steps + 1, self.clipped_steps + bool(rails)
        self.clipped.update(rails)
        self._setpoint = after
        return after

    def preview(self, velocities: F64, span_s: float | None = None) -> Setpoint:
        """The setpoint that `step` would commit, which changes nothing."""
        return self._next(velocities, self._period_s if span_s is None else span_s)[0]

    def checked(self, velocities: F64) -> F64:
        """Velocities as f64[n]. Raises ValueError where there are not n, or one is not finite."""
        wanted = np.asarray(velocities, np.float64)
        if wanted.shape != (self._arm.size,) or not np.isfinite(wanted).all():
            raise ValueError(f"expected {self._arm.size} finite velocities of {self._arm.name}, got {velocities}")
        return wanted

    def stop(self, setpoint: Setpoint | None = None) -> list[Knot]:
        """The knots of a stop after a setpoint, by default the last one; see `stop_after`."""
        return stop_after(self._arm, self.setpoint if setpoint is None else setpoint)

    def _next(self, velocities: F64, span: float) -> tuple[Setpoint, set[int]]:
        before, wanted = self.setpoint, self.checked(velocities)
        allowed, load = self._arm.acceleration_allowed, load_at(self._arm, before.positions)
        aim, rails = self._bounded(before, wanted, load)
        reached = acceleration.scaled(before.velocities, aim, span, allowed, load)
        rails |= _changed(acceleration.NUMBER, aim, reached)
        braked = acceleration.braked(before.velocities, span, allowed, load)
        after, more = self._safest(before, _Choice(braked, reached, load), span)
        return after, rails | more

    def _bounded(self, before: Setpoint, wanted: F64, load: F64) -> tuple[F64, set[int]]:
        """What is wanted within rails 3, 5 and 6 as they are at the last setpoint."""
        arm, here = self._arm, before.positions
        fast = joint_speed.scaled(wanted, *joint_speed.bounds(arm.speed_allowed, *arm.speed_limits(here)))
        rest = self._rest(here, before.velocities, load)
        slow = joint_range.slowed(fast, rest, arm.position_min, arm.position_max, arm.speed_allowed)
        aim = workspace_rail.scaled(slow, tool_speed(arm, here, slow), self._space)
        return aim, (
            _changed(joint_speed.NUMBER, wanted, fast)
            | _changed(joint_range.NUMBER, fast, slow)
            | _changed(workspace_rail.NUMBER, slow, aim)
        )

    def _safest(self, before: Setpoint, choice: "_Choice", span: float) -> tuple[Setpoint, set[int]]:
        """The setpoint nearest to what is reached from which a stop keeps to the rails; at worst that of braking."""
        rails: set[int] = set()
        braked, reached, load = choice.braked, choice.reached, choice.load
        for shares in (SHARES[:1], SHARES[1:-1]):  # nearly always the first one holds
            velocities = braked + shares[:, None] * (reached - braked)
            positions = before.positions + (before.velocities + velocities) / 2 * span
            held = self._held(before, positions, velocities, load)
            best = np.flatnonzero(np.logical_and.reduce(list(held.values())))
            if best.size:
                return Setpoint(positions[best[0]], velocities[best[0]]), rails
            rails |= {number for number, good in held.items() if not good[0]}
        return Setpoint(before.positions + (before.velocities + braked) / 2 * span, braked), rails

    def _held(self, before: Setpoint, positions: F64, velocities: F64, load: F64) -> dict[int, np.ndarray]:
        """Whether candidates f64[c, n] keep to each rail, bool[c], by its number."""
        arm, rest = self._arm, self._rest(positions, velocities, load)
        rest_before = self._rest(before.positions, before.velocities, load)
        allowed = joint_speed.bounds(arm.speed_allowed, *arm.speed_limits(positions))
        return {
            joint_speed.NUMBER: joint_speed.holds(velocities, *allowed),
            joint_range.NUMBER: joint_range.holds(rest, rest_before, arm.position_min, arm.position_max),
            workspace_rail.NUMBER: self._in_space(before, positions, velocities, rest),
        }

    def _in_space(self, before: Setpoint, positions: F64, velocities: F64, rest: F64) -> np.ndarray:
        """Whether the tool keeps to its space between the knots, at the new one, and on the way to a stop after it."""
        way = np.stack([(before.positions + positions) / 2, positions, (positions + rest) / 2, rest], axis=1)
        between, still = (before.velocities + velocities) / 2, np.zeros_like(velocities)
        speeds = np.stack([between, velocities, velocities / 2, still], axis=1)
        return workspace_rail.holds(
            *tool_motion(self._arm, way, speeds), tool_place(self._arm, before.positions), self._space
        )

    def _rest(self, positions: F64, velocities: F64, load: F64) -> F64:
        """Where braking ends, f64[..., n], rad: step by step, which is slower than a message's stop, or a late step."""
        slowest = acceleration.brake_time(velocities, self._period_s, self._arm.acceleration_allowed, load)
        return positions + velocities * np.maximum(slowest, LONGEST_TICK * self._period_s) / 2


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """The ends of what velocities f64[n], rad/s, a step may have, and the arm's load, see `acceleration.load`."""

    braked: F64
    reached: F64
    load: F64


def load_at(arm: ArmModel, positions: F64) -> F64:
    """The load f64[n, n] of an arm at positions f64[n], rad; see `acceleration.load`."""
    return acceleration.load(mass_matrix(arm, positions), arm.torque_rate_max)


def stop_after(arm: ArmModel, setpoint: Setpoint) -> list[Knot]:
    """Rest after a setpoint, `time_s` counted from it: all joints brake together, and stay on their line.

    Decelerations rise within a ramp, stay, and fall, so they are the accelerations of the knots between. A controller's
    quintics between those are exactly that.
    """
    q, v = setpoint.positions, setpoint.velocities
    level, ramp = acceleration.stop_spans(v, arm.stop_deceleration, load_at(arm, q))
    rest, slow = q + v * (level + ramp) / 2, v * ramp / (2 * level)
    bent = Knot(ramp, q + v * ramp - slow * ramp / 3, v - slow, -v / level)
    eased = Knot(level, rest - slow * ramp / 3, slow, -v / level)
    end = Knot(level + ramp, rest, np.zeros_like(rest))
    return [bent, eased, end] if level - ramp > NEAREST_S else [Knot(level, eased.positions, slow, -v / level), end]


def _changed(number: int, before: F64, after: F64) -> set[int]:
    return {number} if np.abs(before - after).max() > 1e-9 else set()
