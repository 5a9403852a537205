"""Joint velocities as trajectories of a `joint_trajectory_controller`, and a gripper: how a Franka is driven."""

from collections.abc import Sequence

import numpy as np

from dsrl_core.acting.execution.arm.gripper import GripperEdges
from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.command_encoders.base import (
    NONE,
    ArmParts,
    Commands,
    gripper_command,
    joint_parts,
    joint_velocities,
)
from dsrl_core.acting.execution.commands import JointTrajectoryCommand
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.types import F64


class JointTrajectoryEncoder:
    """One trajectory for each step, with absolute times: planner, motion rails and knots in a row.

    Stamps are those of the joint states that a step answers, so executor, drivers and controller have to share a clock.
    """

    def __init__(self, contract: ActionContract, parts: ArmParts) -> None:
        settings, period_s = contract.arm, 1.0 / contract.rate_hz
        self._contract, self._parts, self._period_s = contract, parts, period_s
        self.planner = Planner(parts.arm, period_s, parts.space)
        self._knots = KnotStream(self.planner, period_s, 1e-3 * settings.lead_ms)
        self.gripper = GripperEdges(settings.gripper_dwell_s)
        self._track = Track(parts.arm.home)  # what the controller does with the messages
        self._origin_ns = 0  # of the knots' times, near enough for floating point
        self._sent_s = 0.0  # when the last message was sent

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        self._origin_ns, self._track = stamp_ns, Track(positions)
        return self._command(stamp_ns, self._knots.anchor(0.0, positions))

    def encode(self, step: Step) -> Commands:
        now_s = self._seconds(step.stamp_ns)
        wanted = self._velocities(step.values)
        following = None if step.following is None else self._velocities(step.following)
        knots = self._knots.send(now_s, wanted, following)
        return *self._command(step.stamp_ns, knots), *gripper_command(self.gripper, self._parts.gripper, step)

    def repeat(self, stamp_ns: int) -> Commands:
        now_s = self._seconds(stamp_ns)
        due = now_s >= self._sent_s + self._period_s
        return self._command(stamp_ns, self._knots.repeat(now_s)) if due else NONE

    def stop(self, stamp_ns: int) -> Commands:
        return self._command(stamp_ns, self._knots.stop(self._seconds(stamp_ns)))

    @property
    def rest_ns(self) -> int | None:
        """The stamp from which the arm rests if no further step follows; None before it is anchored."""
        return self._origin_ns + round(1e9 * self._knots.rest_s) if np.isfinite(self._knots.rest_s) else None

    def setpoint(self, stamp_ns: int) -> F64:
        """Where the controller has the arm at a stamp if it received all messages, f64[n], rad, for the lead's rail."""
        return self._track.sample(self._seconds(stamp_ns))[0]

    def _velocities(self, values: F64) -> F64:
        return joint_velocities(values, self._parts, self._contract.arm, self._contract.rate_hz)

    def _seconds(self, stamp_ns: int) -> float:
        return 1e-9 * (stamp_ns - self._origin_ns)

    def _command(self, stamp_ns: int, knots: Sequence[Knot]) -> Commands:
        if not knots:
            return NONE
        self._sent_s = now_s = self._seconds(stamp_ns)
        self._track.replace(now_s, knots)
        times = np.array([knot.time_s - now_s for knot in knots])
        positions = np.stack([knot.positions for knot in knots])
        velocities = np.stack([knot.velocities for knot in knots])
        return (JointTrajectoryCommand(stamp_ns, self._parts.arm.joints, times, positions, velocities),)


def make(contract: ActionContract) -> JointTrajectoryEncoder:
    """Raises ConfigError where the contract's arm is unknown, has no box, or its joints are not the action's."""
    return JointTrajectoryEncoder(contract, joint_parts(contract, "joint_trajectory"))
