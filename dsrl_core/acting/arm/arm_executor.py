"""The executor of an arm: chunks and a person's word become commands, news of the episode, and a record of it.

Pure: no ROS and no clock. Times are monotonic seconds; stamps are those of the arm's joint states.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from dsrl_core.acting.arm.clock import CommandClock
from dsrl_core.acting.arm.contract import check_encoder
from dsrl_core.acting.arm.news import ArmStatus, Happened, News, Recover, Stage
from dsrl_core.acting.arm.scenes import Scenes
from dsrl_core.acting.arm.steps import ArmSteps
from dsrl_core.acting.arm.telling import Reminder, happened, status_of
from dsrl_core.acting.arm.watch import Progress, Watch
from dsrl_core.acting.execution.arm.homing import settling_s
from dsrl_core.acting.execution.command_encoders.base import ArmEncoder
from dsrl_core.acting.execution.commands import Command
from dsrl_core.acting.execution.decisions import Asked
from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator_event import OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails import chunk_age
from dsrl_core.acting.execution.rails.lead import beyond
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState
from dsrl_core.acting.execution.takeover import PersonCommand
from dsrl_core.acting.execution.waiting import LABEL
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ChunkRefused
from dsrl_core.types import F64, ActionChunk

STRAY_S = 1.0  # a stamp that is farther from this machine's time is no time of the arm: decisions would wait for it
OPEN_SHARE = 0.9  # of the gripper's width: open

Output = Command | News | Happened | Recover


class ArmExecutor:
    """Carries out what the session orders, and tells it what the rails say."""

    def __init__(self, platform: Platform, encoder: ArmEncoder, settings: SessionSettings) -> None:
        """Raises ConfigError where the contract asks the encoder for what it cannot do."""
        check_encoder(platform, encoder)
        self.session = Session(settings)
        self._encoder, self._steps = encoder, ArmSteps(platform, encoder.arm)
        self._dry = platform.action.dry_run  # the arm stays where it is, which no rail is to mind
        self._watch = Watch(*platform.action.bounds())
        self._scenes = Scenes(simulated=platform.robot_end.kind == "simulation")
        self._measured: F64 | None = None
        self._stamp_ns = 0  # of the newest joint states
        self._clock = CommandClock()
        self._gripper: float | None = None  # share of its width
        self._end: tuple[int, Asked] = (0, self._steps.first())  # stamp and last steps of the episode that has ended
        self._reminder = Reminder()
        self._outputs: list[Output] = []

    def start(self, episode: int, max_steps: int, now_s: float) -> None:
        """Steering asks for an episode of at most `max_steps` steps, 0 for the rail's; asked again, nothing changes."""
        self._scenes.ask(episode, max_steps, now_s)
        self._start(now_s)

    def give_up(self, now_s: float) -> None:
        """Come to rest for good, as this process is about to end."""
        self.session.judge([Verdict(Level.LATCHED, "the executor ends")], now_s)
        self._carry_out(now_s)

    def operator(self, event: OperatorEvent, now_s: float) -> bool:
        """Take what a person says; False where it does nothing now."""
        self._judge(now_s)
        taken = self.session.take(event, now_s)
        self._carry_out(now_s)
        return taken

    def person(self, command: PersonCommand, now_s: float) -> None:
        """Take what a person commands in a takeover. Raises InvalidRequest where it does not fit the arm."""
        self._steps.takeover.take(command, now_s)

    def robot(
        self, now_s: float, *, active: bool | None = None, mode: int | None = None, senders: str | None = None
    ) -> None:
        """Take what the robot says of itself, and who else commands it; what is None is as before."""
        self._watch.robot(active=active, mode=mode)
        self._watch.senders = self._watch.senders if senders is None else senders
        self._judge(now_s)

    def scene(self, episode: int, stamp_ns: int, now_s: float) -> None:
        """Take that a simulator has put the scene of an episode; views since `stamp_ns` show it."""
        self._scenes.put(episode, stamp_ns)
        self._start(now_s)

    def force(self, force: F64, now_s: float) -> None:
        """Take the external force f64[3] at the tool, N."""
        self._watch.force(force, now_s)
        self._judge(now_s)

    def gripper(self, share: float) -> None:
        """Take the gripper's opening, as a share of its width."""
        self._gripper = share

    def steering(self, alive: bool, now_s: float) -> None:
        """Take whether steering lives."""
        self._watch.steering = OK if alive else Verdict(Level.HOLD, "steering is silent")
        self._judge(now_s)

    def chunk(self, chunk: ActionChunk, decision: int, now_s: float) -> None:
        """Take a chunk of the present episode; one that is late is ignored.

        Raises:
            ChunkRefused: it is unsound, or too old to begin. The arm stops, and another decision is asked for.
        """
        if not self.session.begun or self._steps.is_late(chunk):
            return
        fault = ""
        try:
            self._steps.accept(chunk, decision, self._stamp_ns, now_s)
        except ChunkRefused as error:
            fault = str(error)
            raise
        finally:
            self._watch.chunk(self._watch.soundness.judge(chunk, fault))
            self._judge(now_s)
            self._watch.chunk(OK)  # a refusal stops the arm; then it is to go on with another chunk

    def joints(self, stamp_ns: int, measured: F64, clock_off_s: float, now_s: float) -> None:
        """Take the arm's joint states. A lone one whose stamp is far from now is judged, and goes no further.

        Args:
            stamp_ns: theirs.
            measured: f64[j], rad, in the arm's order.
            clock_off_s: this machine's time minus the stamp.
            now_s: monotonic time.
        """
        self._clock.tell(stamp_ns + round(1e9 * clock_off_s), now_s)
        self._compare(measured, clock_off_s, now_s)
        if abs(clock_off_s) > STRAY_S:
            self._judge(now_s)
            return
        self._measured, self._stamp_ns = measured, stamp_ns
        self._steps.tick(stamp_ns, now_s)
        self._judge(now_s)
        self._start(now_s)
        self._observe(measured, now_s)
        self._step(measured, now_s)

    def watch(self, now_s: float) -> None:
        """Look at the time: silence, gaps, and what is waited for; to be called every 20 ms or so."""
        self._judge(now_s)
        self.session.watch(now_s)
        self._carry_out(now_s)
        self._outputs += self._reminder.due(self.session.waiting, self.session.episode, now_s)
        if self.session.state is not SessionState.RUNNING:
            self.repeat(now_s)

    def repeat(self, now_s: float) -> None:
        """Send again where the arm heads, now and then, as a message may be lost."""
        self._outputs += self._encoder.repeat(self._clock.at(now_s))

    def notice(self, now_s: float) -> str:
        """What people are to be told while output goes on; empty if nothing."""
        waits_s = self._steps.waits_s(now_s) if self.session.state is SessionState.RUNNING else 0.0
        return chunk_age.check_waiting(waits_s).reason or self._scenes.notice(now_s)

    def at_rest(self, now_s: float) -> bool:
        """Whether nothing is commanded that moves."""
        return self._encoder.at_rest(self._clock.at(now_s))

    def outputs(self) -> list[Output]:
        """What is to be sent since the last call, in this order."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def status(self) -> ArmStatus:
        """What is told of the executor now."""
        return status_of(self.session, self._steps, self._encoder.clipped_steps, self._stamp_ns)

    def _start(self, now_s: float) -> None:
        """Let the session have the request whose scene stands."""
        asked = self._scenes.due(self._stamp_ns)
        if asked is not None:
            self.session.start(*asked, now_s)
            self._carry_out(now_s)

    def _compare(self, measured: F64, clock_off_s: float, now_s: float) -> None:
        """Let the rails compare measured joints with commanded ones, and stamps with this machine's clock."""
        clock_ns = self._clock.at(now_s)
        commanding = not self._dry and (self._encoder.anchored or not self._encoder.at_rest(clock_ns))
        setpoint = self._encoder.setpoint(clock_ns) if commanding else None
        at, velocities = (measured, np.zeros_like(measured)) if setpoint is None else setpoint[:2]
        self._watch.joints(measured, at, velocities, clock_off_s, now_s)

    def _judge(self, now_s: float) -> None:
        progress = Progress(self._steps.since_step_s(now_s), self._encoder.held_back_s)
        self.session.judge([*self._watch.verdicts(progress, now_s), self._brakes(now_s)], now_s)
        self._carry_out(now_s)

    def _brakes(self, now_s: float) -> Verdict:
        """Between episodes, whether the arm has still to come to rest: before that none may begin."""
        between = self.session.state in (SessionState.IDLE, SessionState.ARMED)
        return Verdict(Level.HOLD, "the arm has not come to rest yet") if between and not self.at_rest(now_s) else OK

    def _observe(self, measured: F64, now_s: float) -> None:
        """Let a reset go on, and ask for the next decision once the last step of a chunk has been carried out."""
        error = float(np.abs(measured - self._encoder.arm.home).max())
        is_open = self._gripper is None or self._gripper > OPEN_SHARE
        self.session.observe(ArmState(self.at_rest(now_s), is_open, error), now_s)
        self._carry_out(now_s)
        if self.session.state is SessionState.RUNNING:
            self._ask(now_s)

    def _step(self, measured: F64, now_s: float) -> None:
        if not self.session.permits(now_s) or not self._anchored(now_s):
            return
        clock_ns = self._clock.at(now_s)
        setpoint = self._encoder.setpoint(clock_ns)
        step = self._steps.next(self._stamp_ns, measured if setpoint is None else setpoint[0], now_s)
        if step is None:
            self._outputs += self._encoder.repeat(clock_ns)
            return
        self._outputs += self._encoder.encode(replace(step, stamp_ns=clock_ns))
        self._steps.sent(step, now_s)
        self.session.stepped(now_s)
        self._carry_out(now_s)

    def _ask(self, now_s: float) -> None:
        asked = self._steps.ask(self._stamp_ns, now_s)
        if asked is not None:
            self._outputs.append(happened(self.session.episode, asked, self._stamp_ns))

    def _carry_out(self, now_s: float) -> None:
        while orders := self.session.orders():
            for order in orders:
                self._do()[order.do](order, now_s)

    def _do(self) -> Mapping[Do, Callable[[Order, float], None]]:
        return {
            Do.STOP: lambda order, now_s: self._stop(now_s),
            Do.RECOVER: lambda order, now_s: self._outputs.append(Recover()),
            Do.OPEN: lambda order, now_s: self._outputs.extend(self._encoder.open(self._clock.at(now_s))),
            Do.HOME: lambda order, now_s: self._home(now_s),
            Do.ANCHOR: lambda order, now_s: self._anchor(now_s),
            Do.READY: self._begin,
            Do.DECIDE: lambda order, now_s: self._decide(now_s),
            Do.END: lambda order, now_s: self._ended(order),
            Do.SETTLE: lambda order, now_s: self._settle(order),
            Do.DROP: lambda order, now_s: self._outputs.append(News(order.episode, Stage.FAILED, reason=order.reason)),
        }

    def _stop(self, now_s: float) -> None:
        """Discard the chunk in flight and come to rest."""
        self._steps.discard(self._stamp_ns)
        self._steps.takeover.release()
        self._outputs += self._encoder.stop(self._clock.at(now_s))

    def _decide(self, now_s: float) -> None:
        """Ask for another decision after a HOLD, unless the chunk of the present one is still to come."""
        self._steps.discard(self._stamp_ns)
        self._ask(now_s)

    def _home(self, now_s: float) -> None:
        self._anchor(now_s)
        self._outputs += self._encoder.home(self._clock.at(now_s))

    def _anchored(self, now_s: float) -> bool:
        """Whether steps may be sent: after a stop, once the arm has come to rest."""
        if not self._encoder.anchored and self.at_rest(now_s):
            self._anchor(now_s)
        return self._encoder.anchored

    def _anchor(self, now_s: float) -> None:
        """Integrate setpoints from the measured joints on."""
        if self._measured is not None:
            if self.at_rest(now_s):
                self._clock.follow()
            clock_ns = self._clock.at(now_s)
            held = self._encoder.setpoint(clock_ns)
            away = np.zeros(1) if held is None else self._measured - held[0]
            self._outputs += self._encoder.anchor(clock_ns, self._measured)
            self._watch.anchor(now_s + settling_s(away) if beyond(away) else now_s)

    def _begin(self, order: Order, now_s: float) -> None:
        self._steps.begin(now_s)
        self._watch.begin()
        self._outputs.append(News(order.episode, Stage.READY, self._stamp_ns))
        self._outputs.append(happened(order.episode, self._steps.first(), self._stamp_ns))

    def _ended(self, order: Order) -> None:
        self._end = (self._stamp_ns, self._steps.end())
        self._outputs.append(News(order.episode, Stage.WAITING, self._stamp_ns, order.reason, LABEL))

    def _settle(self, order: Order) -> None:
        stamp_ns, asked = self._end
        self._outputs.append(happened(order.episode, asked, stamp_ns, order.success))
        self._outputs.append(News(order.episode, Stage.ENDED, stamp_ns))
