"""The way home between episodes, and a stop on it: trajectories that no step asked for."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dsrl_core.acting.execution.arm.knots import SETTLE_S
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.arm.planner import Setpoint, stop_after
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.rails.permit import QUINTIC_PEAK, RESET_SPEED, reset_time_s
from dsrl_core.types import F64

QUINTIC_EDGE, GENTLE = 60.0, 100.0  # jerk of a quintic from rest to rest by way / time^3; how much it may be, rad/s^3
BRAKES_S = 0.05  # from now until the way home is left for a stop


def way_home(rest: Knot, home: F64) -> list[Knot]:
    """Knots from rest at `rest` to rest at `home` f64[n], rad, at the speed of a reset."""
    span_s = reset_time_s(home - rest.positions)
    return [rest, Knot(rest.time_s + span_s, home, np.zeros_like(home))]


def settling_s(change: F64) -> float:
    """How long it takes to bring the controller `change` f64[n], rad, to where the arm is: no joint is rushed there."""
    farthest = float(np.abs(change).max())
    return max(SETTLE_S, QUINTIC_PEAK * farthest / RESET_SPEED, (QUINTIC_EDGE * farthest / GENTLE) ** (1 / 3))


def brake(arm: ArmModel, track: Track, now_s: float) -> Sequence[Knot]:
    """Knots of a stop on the way of `track`; none at its end, as it comes to rest there."""
    soon_s = now_s + BRAKES_S
    if soon_s >= track.end_s:
        return ()
    positions, velocities, _ = track.sample(soon_s)
    stop = stop_after(arm, Setpoint(positions, velocities))
    return Knot(soon_s, positions, velocities), *(replace(knot, time_s=soon_s + knot.time_s) for knot in stop)
