"""Commands an arm 1,000 times a second: follows trajectories, tells its state, waits after a fault until it is asked.

It speaks to the arm by the objects of pylibfranka alone, which are handed in, and to the node by a `Link`.
"""

import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_ros.robot_ends.fci import command_interfaces, faults
from dsrl_ros.robot_ends.fci.arm_clock import ArmClock
from dsrl_ros.robot_ends.fci.figures import Figures
from dsrl_ros.robot_ends.fci.follower import TICK_S, Follower
from dsrl_ros.robot_ends.fci.link import ArmState, Closed, Link, Trajectory, packed_event, packed_state
from dsrl_ros.robot_ends.fci.rejoin import Rejoin
from dsrl_ros.robot_ends.fci.settings import FciSettings

LATEST_S = 0.8e-3  # from a state to the command that answers it
LOOKING_S = 0.01  # from the arrival of a trajectory until it is followed
IDLE_S = 0.004  # between two looks at an arm that is not controlled
FIGURES_TICKS = 1000  # between two tellings of the figures
WAITING = "the arm is stopped; look at the fault, then call error_recovery"


class Control:
    """Drives one arm until it is asked to end, and then leaves it at rest."""

    def __init__(
        self,
        franka: Any,
        robot: Any,
        link: Link,
        settings: FciSettings,
        arm: ArmModel,
        clock_ns: Callable[[], int] = time.time_ns,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """
        Args:
            franka: the module pylibfranka.
            robot: its `Robot`, connected.
            link: to the node.
            settings: of the driver.
            arm: its limits.
            clock_ns: ROS' time.
            stopwatch: s, for what is late.
        """
        self._franka, self._robot, self._link, self._arm, self._now_ns = franka, robot, link, arm, clock_ns
        self._stopwatch = stopwatch
        self._interface = command_interfaces.make(settings.interface, franka, robot, arm, TICK_S)
        self._every = max(1, round(1 / (TICK_S * settings.state_rate_hz)))  # ticks between two states
        self._clock = ArmClock(follow=settings.clock == "ros")
        self._follower: Follower | None = None
        self._rejoin = Rejoin(TICK_S)
        self._figures = Figures()
        self._newest: Trajectory | None = None
        self._looking: Generator[None, None, str] | None = None
        self._looked_at: Trajectory | None = None
        self._begin_s = 0.0  # when that one is to be followed from
        self._asked_to_recover = False
        self._ending = False
        self._peer = True  # whether the node is there

    def end(self) -> None:
        """Ask it to brake, and to end at rest; for the handler of a signal."""
        self._ending = True

    def run(self) -> None:
        """Drive until the end. Raises pylibfranka's NetworkException where the arm does not answer any more."""
        while not self._ending:
            state = self._robot.read_once()
            fault = faults.barred(state.robot_mode.name, str(state.current_errors))
            if not fault:
                fault = self._moved()
            if fault:
                self._wait_for_recovery(fault)

    def _moved(self) -> str:
        """Control the arm until it faults, of which the text is returned, or until the end."""
        franka = self._franka
        try:
            self._control()
        except (franka.ControlException, franka.CommandException) as error:
            state = self._robot.read_once()
            return faults.stopped(error, state.robot_mode.name, str(state.last_motion_errors))
        return ""

    def _control(self) -> None:
        control = self._interface.start()
        self._figures, self._follower, self._rejoin = Figures(), None, Rejoin(TICK_S)
        self._newest = self._looking = None
        before_s, lost_s, braked, last = self._stopwatch(), 0.0, False, False
        while not last:
            state, passed = control.readOnce()
            read_s = self._stopwatch()
            now_s = self._tick(state)
            follower = self._follower or self._anchored(state)
            passed_s = passed.to_sec() if self._figures.ticks else TICK_S
            lost_s += passed_s - TICK_S
            if lost_s > TICK_S / 2 and self._interface.keeps_moving:
                desired = (np.array(values) for values in (state.q_d, state.dq_d, state.ddq_d))
                self._rejoin.gap(now_s, lost_s, follower, *desired)
            positions = follower.at(now_s + TICK_S) + self._rejoin.at(now_s + TICK_S)
            command = self._interface.command(state, now_s, positions)
            command.motion_finished = last = self._ending and follower.at_rest(now_s) and self._rejoin.is_over(now_s)
            late = self._stopwatch() - read_s > LATEST_S and not last
            lost_s = lost_s + TICK_S if late else 0.0
            if not late:  # an answer that comes too late is worse than none: the arm has filled the gap by then
                control.writeOnce(command)
            answer_s = self._stopwatch() - read_s
            self._figures.tick(read_s - before_s, answer_s, passed_s, late, state.control_command_success_rate)
            if not late:
                self._figures.commanded(positions)
            before_s = read_s
            self._listen(now_s + TICK_S)
            if self._ending and not braked:
                follower.brake(now_s + TICK_S)
                braked = True
            self._tell(state, now_s, self._figures.ticks)
            if self._figures.ticks == 1:
                self._link.send(packed_event("ready"))

    def _anchored(self, state: Any) -> Follower:
        """A follower at rest where the arm is, or is told to be."""
        self._follower = Follower(self._arm, self._interface.rest(state))
        return self._follower

    def _tick(self, state: Any) -> float:
        """Take the time of a state of the arm; returns it, in s."""
        arm_s = float(state.time.to_sec())
        at_rest = self._follower is None or self._follower.at_rest(arm_s)
        self._clock.tick(arm_s, self._now_ns(), at_rest)
        return arm_s

    def _listen(self, now_s: float) -> None:
        """Take what the node sent. Of several trajectories the newest counts."""
        newest: Trajectory | None = None
        while self._peer:
            try:
                record = self._link.poll()
            except Closed:
                self._peer, self._ending = False, True
                break
            if record is None:
                break
            if isinstance(record, Trajectory):
                newest = record
            elif isinstance(record, dict):
                self._take(record["kind"])
        self._newest = newest or self._newest
        if not self._ending:
            self._consider(now_s)

    def _take(self, kind: str) -> None:
        if kind == "end":
            self._ending = True
        elif kind == "recover":
            self._asked_to_recover = True

    def _consider(self, now_s: float) -> None:
        """Take one step of the looking at a trajectory: all of it would take longer than a tick."""
        if self._follower is None:
            if self._newest is not None:
                self._link.send(packed_event("refused", text=WAITING))
            self._newest = self._looking = None
            return
        if self._looking is None and self._newest is not None:
            self._looked_at, self._newest = self._newest, None
            start_ns, self._begin_s = self._looked_at.start_ns, now_s + LOOKING_S
            start_s = self._clock.arm_s(start_ns) if start_ns else now_s
            self._looking = self._follower.consider(self._begin_s, self._looked_at, start_s)
        if self._looking is not None:
            try:
                next(self._looking)
            except StopIteration as done:
                self._looking = None
                self._decided(now_s, self._follower, str(done.value))

    def _decided(self, now_s: float, follower: Follower, wrong: str) -> None:
        if wrong:
            self._link.send(packed_event("refused", text=wrong))
        elif now_s > self._begin_s:  # ticks were lost: what it would go on from is past
            follower.forget()
            self._newest = self._newest or self._looked_at

    def _wait_for_recovery(self, fault: str) -> None:
        """Tell the fault and the arm's state until a recovery that was asked for succeeds, or until the end."""
        self._follower, self._asked_to_recover = None, False
        self._link.send(packed_event("fault", text=fault))
        while not self._ending:
            state = self._robot.read_once()
            now_s = self._tick(state)
            self._tell(state, now_s, 0)
            self._listen(now_s)
            if self._asked_to_recover:
                self._asked_to_recover = False
                wrong = self._recovered(state)
                self._link.send(packed_event("recovery", text=wrong))
                if not wrong:
                    return
            time.sleep(IDLE_S)

    def _recovered(self, state: Any) -> str:
        """Recover from the arm's errors; returns what bars it from moving all the same."""
        if state.robot_mode.name in ("UserStopped", "Guiding", "Other"):
            return faults.barred(state.robot_mode.name, "")
        try:
            if state.robot_mode.name != "Idle" or state.current_errors:
                self._robot.automatic_error_recovery()
        except self._franka.CommandException as error:
            return str(error).removeprefix("libfranka: ")
        after = self._robot.read_once()
        return faults.barred(after.robot_mode.name, str(after.current_errors))

    def _tell(self, state: Any, now_s: float, tick: int) -> None:
        """Send the arm's state where it is due, and the figures once a second."""
        if tick % self._every == 0:
            self._link.send(packed_state(self._state(state, now_s)))
        if tick and tick % FIGURES_TICKS == 0:
            self._link.send(packed_event("figures", **self._figures.told()))

    def _state(self, state: Any, now_s: float) -> ArmState:
        return ArmState(
            stamp_ns=self._clock.ros_ns(now_s),
            arm_s=now_s,
            positions=state.q,
            velocities=state.dq,
            torques=state.tau_J,
            commanded_positions=state.q_d,
            commanded_velocities=state.dq_d,
            wrench=state.O_F_ext_hat_K,
            success_rate=state.control_command_success_rate,
            mode=int(state.robot_mode),
            moving=self._follower is not None and not self._follower.at_rest(now_s),
        )
