"""The watching rails of an arm together: takes what they look at, and gives what they say now."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from dsrl_core.acting.execution.rails import chunk_age, permit, robot_state
from dsrl_core.acting.execution.rails.chunk_soundness import ChunkSoundness
from dsrl_core.acting.execution.rails.contact_force import ContactForce
from dsrl_core.acting.execution.rails.frozen_state import FrozenState
from dsrl_core.acting.execution.rails.lead import Lead
from dsrl_core.acting.execution.rails.robot_state import RobotState
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.acting.execution.rails.workspace import HOLD_S
from dsrl_core.types import F32, F64

REMEMBERED = 100  # forces, of which the last ones before the arm moves give their offset


@dataclass(frozen=True, slots=True)
class Progress:
    """How the chunk in flight goes on."""

    since_step_s: float = 0.0  # since its last step, 0 where none is in flight
    held_back_s: float = 0.0  # for how long the workspace has kept the arm at rest


class Watch:
    """Rails 1, 2, 6 to 9 and 11, other senders, and the silence of steering.

    Rail 10 is steering's, the rest of rail 12 the session's.
    """

    def __init__(self, low: F32, high: F32) -> None:
        """`low` and `high` f32[a] are the contract's bounds of an action."""
        self.soundness = ChunkSoundness(low, high)
        self.steering = OK  # a verdict of whoever follows its liveliness
        self.senders = ""  # who else commands the arm
        self._robot = RobotState(None)
        self._frozen, self._lead = FrozenState(), Lead()
        self._contact, self._forces = ContactForce(), deque[F64](maxlen=REMEMBERED)
        self._chunk = self._joints = self._ahead = self._touched = OK

    def begin(self) -> None:
        """Begin an episode, of an arm that was anchored."""
        self.soundness.begin()
        self._chunk = OK

    def anchor(self, settled_s: float) -> None:
        """Note that the arm rests, with the setpoint at the measured joints from the monotonic `settled_s` on."""
        self._lead.anchor(settled_s)
        if self._forces:
            self._contact.rest(np.array(self._forces))
        self._ahead = self._touched = OK

    def chunk(self, verdict: Verdict) -> None:
        """Note what rail 2 says of a chunk; a sound one ends what it said of those before."""
        self._chunk = verdict

    def robot(self, *, active: bool | None = None, mode: int | None = None) -> None:
        """Note what the robot says of itself."""
        state = self._robot
        self._robot = replace(
            state, active=state.active if active is None else active, mode=state.mode if mode is None else mode
        )

    def joints(self, measured: F64, setpoint: F64, commanded: F64, stamp_off_s: float, now_s: float) -> None:
        """Judge joint states as they come; f64[j], in rad and rad/s."""
        self._robot = replace(self._robot, heard_s=now_s)
        self._joints = self._frozen.check(measured, commanded, stamp_off_s, now_s)
        self._ahead = self._lead.check(setpoint, measured, now_s)

    def force(self, force: F64, now_s: float) -> None:
        """Judge the external force f64[3] at the tool, N; a robot end that tells none has no such rail."""
        self._forces.append(force)
        self._touched = self._contact.check(force, now_s)

    def verdicts(self, progress: Progress, now_s: float) -> list[Verdict]:
        """What all rails say now."""
        return [
            robot_state.check(self._robot, now_s),
            self._joints,
            self._ahead,
            self._touched,
            self._contact.watch(now_s),
            self._chunk,
            chunk_age.check_gap(progress.since_step_s),
            _held_back(progress.held_back_s),
            permit.check_senders(self.senders),
            self.steering,
        ]


def _held_back(seconds: float) -> Verdict:
    """Rail 6 where it has kept the arm at rest that wanted to move."""
    if seconds <= HOLD_S:
        return OK
    return Verdict(Level.HOLD, f"the workspace has held the tool back for {seconds:.1f} s")
