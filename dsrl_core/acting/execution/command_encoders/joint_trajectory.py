"""Joint velocities as trajectories of a `joint_trajectory_controller`, and a gripper: how a Franka is driven."""

from collections.abc import Sequence

import numpy as np

from dsrl_core.acting.execution.arm.gripper import GripperEdges
from dsrl_core.acting.execution.arm.homing import brake, settling_s, way_home
from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot, State, Track
from dsrl_core.acting.execution.command_encoders.base import (
    NONE,
    ArmEncoder,
    ArmParts,
    Commands,
    gripper_command,
    joint_parts,
    joint_velocities,
    opened,
)
from dsrl_core.acting.execution.commands import JointTrajectoryCommand
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import ActionContract
from dsrl_core.types import F32, F64

RESTS = 1e-3  # rad/s
LOOKS = 16  # at the rest of the way
AGAIN = 0.25  # periods after which a message is sent again, in case that it was lost; then once in a period
ARRIVES_S = 0.02  # in which a message arrives; one that lies wholly in the past then is refused by controllers


class JointTrajectoryEncoder:
    """One trajectory for each step, with absolute times: planner, motion rails and knots in a row.

    Stamps are those of the joint states that a step answers, so executor, drivers and controller have to share a clock.
    """

    homes = commands_joints = True

    def __init__(self, contract: ActionContract, parts: ArmParts) -> None:
        settings, period_s = contract.arm, 1.0 / contract.rate_hz
        self.arm, self._contract, self._parts, self._period_s = parts.arm, contract, parts, period_s
        self.planner = Planner(parts.arm, period_s, parts.space)
        self._knots = KnotStream(self.planner, period_s, 1e-3 * settings.lead_ms)
        self.gripper = GripperEdges(settings.gripper_dwell_s)
        self._track: Track | None = None  # what the controller does with the messages
        self._origin_ns = 0  # of the knots' times, near enough for floating point
        self._sent: tuple[Knot, ...] = ()  # the last message
        self._again_s = 0.0  # when it is to be sent again
        self._goes_home = False
        self.anchored = False

    @property
    def held_back_s(self) -> float:
        return self.planner.held_back_s if self.anchored else 0.0

    @property
    def clipped_steps(self) -> int:
        return self.planner.clipped_steps

    def anchor(self, stamp_ns: int, positions: F64) -> Commands:
        held = positions if self._track is None else self._at(self._track, stamp_ns)[0]
        if self._track is None or self.at_rest(stamp_ns):
            self._origin_ns, self._track = stamp_ns, Track(held)
        self._goes_home, self.anchored = False, True
        settle_s = settling_s(positions - held)
        return self._command(stamp_ns, self._knots.anchor(self._seconds(stamp_ns), positions, settle_s))

    def encode(self, step: Step) -> Commands:
        now_s = self._seconds(step.stamp_ns)
        wanted = self._velocities(step.values)
        following = None if step.following is None else self._velocities(step.following)
        knots = self._knots.send(now_s, wanted, following)
        return *self._command(step.stamp_ns, knots), *gripper_command(self.gripper, self._parts.gripper, step)

    def repeat(self, stamp_ns: int) -> Commands:
        now_s = self._seconds(stamp_ns)
        due = now_s >= self._again_s
        ahead = [knot for knot in self._sent if knot.time_s > now_s]
        if not due or not ahead or ahead[-1].time_s < now_s + ARRIVES_S:
            return NONE
        self._again_s = now_s + self._period_s
        return self._told(stamp_ns, now_s, ahead)  # the controller heads there already, so its setpoint stays as it is

    def stop(self, stamp_ns: int) -> Commands:
        if not self.anchored or self._track is None:
            return NONE
        self.anchored, now_s = False, self._seconds(stamp_ns)
        knots = self._knots.stop(now_s)  # on the way home, too, so that nothing of before goes on
        return self._command(stamp_ns, brake(self.arm, self._track, now_s) if self._goes_home else knots)

    def home(self, stamp_ns: int) -> Commands:
        """Move home from where the arm was anchored."""
        self._goes_home = True
        return self._command(stamp_ns, way_home(self._sent[-1], self.arm.home))

    def open(self, stamp_ns: int) -> Commands:
        return opened(self.gripper, stamp_ns)

    def setpoint(self, stamp_ns: int) -> State | None:
        """Where the controller has the arm if it received all messages; see `ArmEncoder`."""
        return None if self._track is None else self._at(self._track, stamp_ns)

    def at_rest(self, stamp_ns: int) -> bool:
        now_s = self._seconds(stamp_ns)
        if self._track is None or now_s >= self._track.end_s:
            return True
        if (np.abs(self._at(self._track, stamp_ns)[1]) > RESTS).any():
            return False
        ahead = self._track.samples(np.linspace(now_s, self._track.end_s, LOOKS))[1]  # it may only be turning round
        return not (np.abs(ahead) > RESTS).any()

    def _at(self, track: Track, stamp_ns: int) -> State:
        return track.sample(self._seconds(stamp_ns))

    def _velocities(self, values: F32) -> F64:
        return joint_velocities(values, self._parts, self._contract.arm, self._contract.rate_hz)

    def _seconds(self, stamp_ns: int) -> float:
        return 1e-9 * (stamp_ns - self._origin_ns)

    def _command(self, stamp_ns: int, knots: Sequence[Knot]) -> Commands:
        if not knots:
            return NONE
        now_s = self._seconds(stamp_ns)
        self._sent, self._again_s = tuple(knots), now_s + AGAIN * self._period_s
        commands = self._told(stamp_ns, now_s, knots)
        if self._track is not None:
            self._track.replace(now_s, knots)
        return commands

    def _told(self, stamp_ns: int, now_s: float, knots: Sequence[Knot]) -> Commands:
        times = np.array([knot.time_s - now_s for knot in knots])
        positions = np.stack([knot.positions for knot in knots])
        velocities = np.stack([knot.velocities for knot in knots])
        accelerations = np.stack([np.zeros(self.arm.size) + knot.accelerations for knot in knots])
        self._check(positions, velocities)
        return (JointTrajectoryCommand(stamp_ns, self.arm.joints, times, positions, velocities, accelerations),)

    def _check(self, positions: F64, velocities: F64) -> None:
        """The last look before anything leaves: whatever went wrong before it, nothing beyond the arm's limits does."""
        arm = self.arm
        out = any(arm.out_of_range(each) for each in positions) or (np.abs(velocities) > arm.speed_max).any()
        if out or not (np.isfinite(positions).all() and np.isfinite(velocities).all()):
            raise RuntimeError(
                f"nothing is sent: {arm.name} was about to be commanded positions {positions.round(3).tolist()} and "
                f"velocities {velocities.round(3).tolist()}, beyond its limits"
            )


def make(contract: ActionContract) -> ArmEncoder:
    """Raises ConfigError where the contract's arm is unknown, has no box, or its joints are not the action's."""
    return JointTrajectoryEncoder(contract, joint_parts(contract, "joint_trajectory"))
