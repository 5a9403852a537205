"""Axes of a joystick as a twist of the tool."""

from collections.abc import Mapping, Sequence

import numpy as np

from dsrl_core.config.operator import AXES
from dsrl_core.errors import ConfigError, InvalidRequest, among
from dsrl_core.types import F64

DEAD_ZONE = 0.05  # of an axis that nobody touches


class Axes:
    """Scales axes in [-1, 1] to m/s and rad/s in the base frame."""

    def __init__(self, axes: Mapping[str, str], speed: float, turn: float, where: str = "operator.axes") -> None:
        """`axes`: x, y, z, rx, ry, rz -> number of the joystick's axis, with - before it to turn it round.

        Raises:
            ConfigError: a name is unknown or an axis is no number.
        """
        self._rows: list[tuple[int, int, float]] = []  # of the twist, of the joystick, and the scale
        for name, axis in axes.items():
            number = axis.removeprefix("-")
            if name not in AXES:
                raise ConfigError(f"{where}.{name} is unknown; {among(name, AXES)}")
            if not number.isdecimal():
                raise ConfigError(f"{where}.{name}={axis!r} is no axis; allowed: 0, 1, ..., or -0, -1, ...")
            row, sign = AXES.index(name), -1.0 if axis.startswith("-") else 1.0
            self._rows.append((row, int(number), sign * (speed if row < 3 else turn)))

    def twist(self, axes: Sequence[float]) -> F64:
        """f64[6] of a message's axes.

        Raises:
            InvalidRequest: the joystick has fewer axes than are named.
        """
        most = max((number for _, number, _ in self._rows), default=-1)
        if len(axes) <= most:
            raise InvalidRequest(f"Joy.axes: expected more than {most}, the highest named one; got {len(axes)}")
        twist = np.zeros(6)
        for row, number, scale in self._rows:
            value = float(np.clip(axes[number], -1.0, 1.0))
            twist[row] = scale * value if abs(value) > DEAD_ZONE else 0.0
        return twist


class StillDevice:
    """Notices a takeover device of which everything reads exactly zero while its dead-man is held."""

    def __init__(self, after_s: float = 3.0) -> None:
        self._after_s = after_s
        self._since_s: float | None = None
        self._moved = False

    def reads(self, values: F64, now_s: float) -> bool:
        """Take what was read; whether it has been zero for too long, without ever having been something else."""
        self._moved = self._moved or bool(np.any(values))
        self._since_s = now_s if self._since_s is None else self._since_s
        return not self._moved and now_s - self._since_s > self._after_s
