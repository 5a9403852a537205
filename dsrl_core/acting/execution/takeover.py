"""A takeover: while the dead-man of a device is held, a person's commands replace the policy's steps.

They pass through the same limits and the same planner as a chunk's steps, in the units of an action.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from dsrl_core.acting.execution.rails.permit import DEADMAN_S
from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_core.types import F32, F64

DAMPING = 0.05  # of the inverse of the Jacobian: near a singular posture the tool lags instead of the joints racing
GAIN = 4.0  # 1/s: how fast the arm follows a leader arm
TWIST_SIZE = 6


class Way(IntEnum):
    """What a person's command means, as `dsrl_ros/msg/OperatorCommand`."""

    JOINT_VELOCITIES = 1  # rad/s
    TWIST = 2  # m/s and rad/s in the base frame
    JOINT_POSITIONS = 3  # rad, of a leader arm that is moved by hand


@dataclass(frozen=True, slots=True)
class PersonCommand:
    way: Way
    values: F64  # [n] or, of a twist, [6]
    gripper: float  # 0 open, 1 closed


class Takeover:
    """Turns the newest command into an action, as long as commands come."""

    def __init__(self, joints: int, unit: float, jacobian: Callable[[F64], F64] | None = None) -> None:
        """A takeover of an arm.

        Args:
            joints: n, of the arm.
            unit: rad/s that an action of 1 means.
            jacobian: f64[n] -> f64[6, n], of the tool; needed for twists alone.
        """
        self._joints, self._unit, self._jacobian = joints, unit, jacobian
        self._command: PersonCommand | None = None
        self._at_s = float("-inf")
        self._zero: tuple[F64, F64] | None = None  # leader arm and setpoint when the takeover began

    def take(self, command: PersonCommand, now_s: float) -> None:
        """Take a command, received at the monotonic time `now_s`.

        Raises:
            InvalidRequest: it has not one finite value per joint, six for a twist, or there is no Jacobian for it.
        """
        size = TWIST_SIZE if command.way is Way.TWIST else self._joints
        if command.values.shape != (size,) or not np.isfinite([*command.values, command.gripper]).all():
            got = excerpt(command.values.tolist())
            raise InvalidRequest(f"OperatorCommand.values: expected {size} finite, got {command.values.size}: {got}")
        if command.way is Way.TWIST and self._jacobian is None:
            raise InvalidRequest("OperatorCommand.kind=TWIST: this arm has no kinematics to follow a twist with")
        self._command, self._at_s = command, now_s

    def release(self) -> None:
        """The dead-man was let go."""
        self._command, self._zero = None, None

    def active(self, now_s: float) -> bool:
        """Whether a person acts; the last command ends 0.25 s after it came."""
        if now_s - self._at_s > DEADMAN_S:
            self.release()
        return self._command is not None

    def action(self, setpoint: F64) -> F32:
        """The action f32[n + 1] that the newest command asks for at the setpoint f64[n], rad; the gripper is last.

        Raises:
            RuntimeError: no takeover is active.
        """
        command = self._command
        if command is None:
            raise RuntimeError("no takeover is active; call active first")
        wanted = np.append(self._velocities(command, setpoint) / self._unit, command.gripper)
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and the action's bounds clip it
            return wanted.astype(np.float32)

    def _velocities(self, command: PersonCommand, setpoint: F64) -> F64:
        if command.way is Way.JOINT_VELOCITIES:
            return command.values
        if command.way is Way.TWIST and self._jacobian is not None:
            return damped_inverse(self._jacobian(setpoint)) @ command.values
        if self._zero is None:  # the leader's own posture does not matter, only how it moves from here on
            self._zero = (command.values, setpoint.copy())
        leader, arm = self._zero
        return GAIN * ((arm - setpoint) + (command.values - leader))


def damped_inverse(jacobian: F64) -> F64:
    """f64[n, 6] of a Jacobian f64[6, n], damped by `DAMPING`. Source: Nakamura and Hanafusa, 1986."""
    square = jacobian @ jacobian.T + DAMPING**2 * np.eye(len(jacobian))
    return np.asarray(jacobian.T @ np.linalg.inv(square))
