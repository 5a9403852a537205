"""The tool stays in the operator's box, 0.02 m above the table, and below its speed, also on the way to a stop.

Motion back into the box is free for a tool that is outside of it.
"""

from dataclasses import dataclass

import numpy as np

from dsrl_core.types import F64

NUMBER = 6
DEADLINE = "each tick"
ACTION = "all joints are scaled, to 0 where need be; HOLD after 1 s"

CLEARANCE = 0.02  # m above the table
HOLD_S = 1.0  # held back to rest for as long, the person should be asked
SHARE = 0.95  # of the tool's speed that is aimed at, as it changes along the way
SLACK = 1e-9  # m, for rounding


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """Where the tool may be and how fast, in the frame of the arm's base."""

    low: F64  # [3], m
    high: F64  # [3], m
    speed: float  # m/s

    def beyond(self, places: F64) -> F64:
        """How far tools at f64[..., 3], m, are outside along each axis, f64[..., 3]; 0 inside."""
        return np.maximum(np.maximum(self.low - places, places - self.high), 0.0)


def workspace(low: F64, high: F64, table_height: float, speed: float) -> Workspace:
    """The box between two corners f64[3], m, above a table at `table_height`, m; `speed` in m/s."""
    floor = np.array([-np.inf, -np.inf, table_height + CLEARANCE])
    return Workspace(np.maximum(low, floor), np.asarray(high, np.float64), speed)


def scaled(velocities: F64, tool_speed: F64, space: Workspace) -> F64:
    """Velocities f64[..., n] with which the tool is below its speed; `tool_speed` f64[...] is theirs, m/s."""
    return velocities / np.maximum(tool_speed / (SHARE * space.speed), 1.0)[..., None]


def holds(places: F64, speeds: F64, place_before: F64, space: Workspace) -> np.ndarray:
    """Whether the tool keeps to its box and speed on its way.

    Args:
        places: f64[..., p, 3], m, points of the way up to a stop.
        speeds: f64[..., s], m/s, at some of them.
        place_before: f64[..., 3], m, where it is now.
        space: box and speed.
    Returns:
        bool[...].
    """
    before = space.beyond(place_before)[..., None, :]
    inside = (space.beyond(places) <= before + SLACK).all(axis=(-1, -2))
    return np.asarray(inside & (speeds <= space.speed + SLACK).all(axis=-1))
