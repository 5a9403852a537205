"""The knots of one message: this step, the next one where it is known, and a stop in case that no message follows."""

from dsrl_core.acting.execution.arm.planner import Setpoint, stop_after
from dsrl_core.acting.execution.arm.quintic import Knot


def knots_of(setpoints: list[tuple[float, Setpoint]]) -> list[Knot]:
    """A knot per setpoint at its time, s, and a stop after the last one."""
    knots = [Knot(time_s, setpoint.positions, setpoint.velocities) for time_s, setpoint in setpoints]
    last_s, last = setpoints[-1]
    stop = stop_after(last)
    return [*knots, Knot(last_s + stop.time_s, stop.positions, stop.velocities)]
