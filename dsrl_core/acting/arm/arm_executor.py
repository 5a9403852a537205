"""The executor of an arm: chunks and a person's word become trajectories, news of the episode, and a record of it.

Pure: no ROS and no clock. Times are monotonic seconds; stamps are those of the arm's joint states.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from dsrl_core.acting.arm.news import News, Stage
from dsrl_core.acting.arm.watch import Progress, Watch
from dsrl_core.acting.execution.arm.kinematics import jacobian
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.command_encoders.base import ArmEncoder
from dsrl_core.acting.execution.commands import Command
from dsrl_core.acting.execution.decisions import Asked, Decisions
from dsrl_core.acting.execution.executor import Executor
from dsrl_core.acting.execution.guided_reset import ArmState
from dsrl_core.acting.execution.operator_event import OperatorEvent
from dsrl_core.acting.execution.orders import Do, Order
from dsrl_core.acting.execution.rails import chunk_age
from dsrl_core.acting.execution.rails.verdict import OK, Level, Verdict
from dsrl_core.acting.execution.session import Session
from dsrl_core.acting.execution.session_state import SessionSettings, SessionState
from dsrl_core.acting.execution.step import Step
from dsrl_core.acting.execution.takeover import PersonCommand, Takeover
from dsrl_core.acting.execution.waiting import LABEL
from dsrl_core.config.platform import ActionContract, Platform
from dsrl_core.errors import ChunkRefused, ConfigError
from dsrl_core.types import F64, ActionChunk, Actor, TaskEvent

REMIND_S = 1.0  # between two pieces of news that a person is waited for
OPEN_SHARE = 0.9  # of the gripper's width: open
NO_GRIPPER_S = 1.0  # after which a gripper that says nothing counts as open


@dataclass(frozen=True, slots=True)
class Recover:
    """Ask the robot to leave its error."""


Output = Command | News | TaskEvent | Recover


class ArmExecutor:
    """Carries out what the session orders, and tells it what the rails say."""

    def __init__(self, platform: Platform, encoder: ArmEncoder, settings: SessionSettings) -> None:
        """Raises ConfigError where a reset is to be guided and the encoder cannot move the arm home."""
        if settings.guided and not encoder.homes:
            raise ConfigError(
                f"operator.guided=true needs a command encoder that moves the arm home; action.encoder="
                f"{platform.action.encoder} does not; allowed: false, the person brings it there"
            )
        self.session = Session(settings)
        self._steps, self._encoder = Executor(platform), encoder
        self._watch = Watch(*platform.action.bounds())
        self._decisions = Decisions(platform.policy.execute, platform.action.size)
        self._takeover = make_takeover(encoder.arm, platform.action)
        self._contract = platform.action
        self._delay_ns = round(1e9 / platform.action.rate_hz + 1e6 * platform.action.arm.lead_ms)  # of a step's end
        self._measured: F64 | None = None
        self._stamp_ns, self._heard_s = 0, 0.0  # of the newest joint states
        self._gripper: float | None = None  # share of its width
        self._step_s: float | None = None  # of the last step of a chunk that has further ones
        self._asked: tuple[int, Asked] | None = None  # the next decision is asked for at this stamp
        self._accepted = False  # whether the present decision's chunk was accepted
        self._discarded_ns = -1  # chunks of this observation, or of one before it, are late
        self._person_s: float | None = None  # of a person's last step; None while the policy acts
        self.person_steps = 0
        self._end_ns = 0  # of the episode that has ended
        self._told: tuple[str, float] = ("", float("-inf"))  # what was last said to be waited for, and when
        self._last: Asked = self._decisions.end()  # what the episode's end is told with
        self._outputs: list[Output] = []

    def start(self, episode: int, max_steps: int, now_s: float) -> None:
        """Steering asks for an episode."""
        self.session.start(episode, max_steps, now_s)
        self._carry_out(now_s)

    def give_up(self, now_s: float) -> None:
        """Come to rest, as this process is about to end."""
        self._stop(now_s)

    def operator(self, event: OperatorEvent, now_s: float) -> bool:
        """Take what a person says; False where it does nothing now."""
        taken = self.session.take(event, now_s)
        self._carry_out(now_s)
        return taken

    def robot(self, now_s: float, *, active: bool | None = None, mode: int | None = None) -> None:
        """Take what the robot says of itself."""
        self._watch.robot(active=active, mode=mode)
        self._judge(now_s)

    def gripper(self, share: float) -> None:
        """Take the gripper's opening, as a share of its width."""
        self._gripper = share

    def steering(self, alive: bool, now_s: float) -> None:
        """Take whether steering lives."""
        self._watch.steering = OK if alive else Verdict(Level.HOLD, "steering is silent")
        self._judge(now_s)

    def person(self, command: PersonCommand, now_s: float) -> None:
        """Take what a person commands in a takeover. Raises InvalidRequest where it does not fit the arm."""
        self._takeover.take(command, now_s)

    def chunk(self, chunk: ActionChunk, decision: int, now_s: float) -> None:
        """Take a chunk of the present episode. Raises ChunkRefused where it is unsound; one that is late is ignored."""
        if not self.session.begun or chunk.stamp_ns <= self._discarded_ns:
            return
        fault = chunk_age.check_age(1e-9 * (self._stamp_ns - chunk.stamp_ns)).reason
        try:
            if fault:
                raise ChunkRefused(fault)
            before = self._steps.status.chunks
            self._steps.accept(chunk, decision, now_s)
            self._accepted = self._accepted or self._steps.status.chunks > before
        except ChunkRefused as error:
            fault = str(error)
            raise
        finally:
            self._watch.chunk(self._watch.soundness.judge(chunk, fault))
            self._arrived(chunk, refused=bool(fault))
            self._judge(now_s)

    def _arrived(self, chunk: ActionChunk, refused: bool) -> None:
        """Note that the chunk of the present decision is there, whether or not it is carried out."""
        if self._decisions.arrive() and not refused:
            return
        self._discard()
        self._discarded_ns = max(self._discarded_ns, chunk.stamp_ns)
        self._ask_when_due(self._stamp_ns)

    def joints(self, stamp_ns: int, measured: F64, clock_off_s: float, now_s: float) -> None:
        """Take the arm's joint states.

        Args:
            stamp_ns: theirs.
            measured: f64[j], rad, in the arm's order.
            clock_off_s: this machine's time minus the stamp.
            now_s: monotonic time.
        """
        self._measured, self._stamp_ns, self._heard_s = measured, stamp_ns, now_s
        commanding = self._encoder.anchored or not self._encoder.at_rest(stamp_ns)
        at, velocities = self._encoder.setpoint(stamp_ns)[:2] if commanding else (measured, np.zeros_like(measured))
        self._watch.joints(measured, at, velocities, clock_off_s, now_s)
        self._steps.tick(stamp_ns, now_s)
        self._judge(now_s)
        self._observe(now_s)
        self._step(now_s)

    def watch(self, now_s: float) -> None:
        """Look at the time: silence, gaps, and what is waited for."""
        self._judge(now_s)
        self.session.watch(now_s)
        self._carry_out(now_s)
        self._remind(now_s)
        if self.session.state is not SessionState.RUNNING:
            self._outputs += self._encoder.repeat(self._clock_ns(now_s))

    def at_rest(self, now_s: float) -> bool:
        """Whether nothing is commanded that moves."""
        return self._encoder.at_rest(self._clock_ns(now_s))

    def outputs(self) -> list[Output]:
        """What is to be sent since the last call, in this order."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def _clock_ns(self, now_s: float) -> int:
        """The time by the clock of the joint states, also while they are silent."""
        return self._stamp_ns + round(1e9 * (now_s - self._heard_s))

    def _judge(self, now_s: float) -> None:
        since_s = now_s - self._step_s if self._step_s is not None else 0.0
        progress = Progress(since_s, self._encoder.held_back_s)
        self.session.judge(self._watch.verdicts(progress, now_s), now_s)
        self._carry_out(now_s)

    def _observe(self, now_s: float) -> None:
        """Let a reset go on, and ask for the next decision once the last step of a chunk has been carried out."""
        if self._measured is not None:
            error = float(np.abs(self._measured - self._encoder.arm.home).max())
            is_open = self._gripper is None or self._gripper > OPEN_SHARE
            self.session.observe(ArmState(self.at_rest(now_s), is_open, error), now_s)
            self._carry_out(now_s)
        if self._asked is not None and self._stamp_ns >= self._asked[0] and self.session.begun:
            self._ask(self._asked[1])

    def _step(self, now_s: float) -> None:
        """Send the step that is due, of a person or else of the chunk."""
        if not self.session.permits(now_s) or not self._anchored(now_s):
            return
        step = self._person_step(now_s) if self._taken_over(now_s) else self._steps.next_step()
        if step is None or not self._decisions.open:
            return
        actor = Actor.POLICY if self._person_s is None else Actor.PERSON
        self._outputs += self._encoder.encode(step)
        self._decisions.step(step.values, actor, last=step.decision_due)
        self.person_steps += actor is Actor.PERSON
        self._step_s = None if step.decision_due or actor is Actor.PERSON else now_s
        self._ask_when_due(step.stamp_ns + self._delay_ns)
        self.session.stepped(now_s)
        self._carry_out(now_s)

    def _taken_over(self, now_s: float) -> bool:
        """Whether a person commands; at either end of a takeover the chunk in flight is discarded."""
        active = self._takeover.active(now_s)
        if active is (self._person_s is None):
            self._person_s = float("-inf") if active else None
            self._discard()
            self._ask_when_due(self._stamp_ns)
        return active

    def _person_step(self, now_s: float) -> Step | None:
        """The step that a person commands, once in a period; None in between."""
        if self._person_s is None or now_s - self._person_s < 1.0 / self._contract.rate_hz:
            return None
        self._person_s = max(self._person_s + 1.0 / self._contract.rate_hz, now_s - 0.5 / self._contract.rate_hz)
        low, high = self._contract.bounds()
        wanted = self._takeover.action(self._encoder.setpoint(self._stamp_ns)[0])
        return Step(self._stamp_ns, 0, 0, np.clip(wanted, low, high), decision_due=False)

    def _discard(self) -> None:
        """Discard the chunk in flight."""
        self._decisions.interrupt()
        self._steps.discard()
        self._step_s = None

    def _ask_when_due(self, stamp_ns: int) -> None:
        """Ask for the next decision at a stamp, if the present one is at its end."""
        asked = self._decisions.due()
        if asked is not None:
            self._asked = (stamp_ns, asked)

    def _ask(self, asked: Asked) -> None:
        """Ask for the next decision; one that came to nothing is made again, with its number."""
        if not len(asked.executed) and self._accepted:
            self._steps.discard(withdrawn=True)
        self._asked, self._accepted, self._discarded_ns = None, False, max(self._discarded_ns, self._stamp_ns - 1)
        self._outputs.append(_event(asked, self._stamp_ns, None))

    def _carry_out(self, now_s: float) -> None:
        while orders := self.session.orders():
            for order in orders:
                self._do()[order.do](order, now_s)

    def _do(self) -> Mapping[Do, Callable[[Order, float], None]]:
        return {
            Do.STOP: lambda order, now_s: self._stop(now_s),
            Do.RECOVER: lambda order, now_s: self._outputs.append(Recover()),
            Do.OPEN: lambda order, now_s: self._outputs.extend(self._encoder.open(self._clock_ns(now_s))),
            Do.HOME: lambda order, now_s: self._home(now_s),
            Do.ANCHOR: lambda order, now_s: self._anchor(now_s),
            Do.READY: lambda order, now_s: self._begin(now_s),
            Do.DECIDE: lambda order, now_s: self._decide(),
            Do.END: lambda order, now_s: self._end(order),
            Do.SETTLE: lambda order, now_s: self._settle(order),
            Do.DROP: lambda order, now_s: self._tell(News(Stage.FAILED, reason=order.reason)),
        }

    def _stop(self, now_s: float) -> None:
        """Discard the chunk in flight and come to rest."""
        self._discard()
        self._takeover.release()
        self._outputs += self._encoder.stop(self._clock_ns(now_s))

    def _decide(self) -> None:
        """Ask for another decision after a HOLD, unless the chunk of the present one is still to come."""
        self._discard()
        self._ask_when_due(self._stamp_ns)
        if self._asked is not None:
            self._ask(self._asked[1])

    def _home(self, now_s: float) -> None:
        self._anchor(now_s)
        self._outputs += self._encoder.home(self._clock_ns(now_s))

    def _anchored(self, now_s: float) -> bool:
        """Whether steps may be sent: after a stop, once the arm has come to rest."""
        if not self._encoder.anchored and self.at_rest(now_s):
            self._anchor(now_s)
        return self._encoder.anchored

    def _anchor(self, now_s: float) -> None:
        """Integrate setpoints from the measured joints on."""
        if self._measured is not None:
            self._outputs += self._encoder.anchor(self._clock_ns(now_s), self._measured)
            self._watch.anchor()

    def _begin(self, now_s: float) -> None:
        self._steps.begin(now_s)
        self._watch.begin()
        self._decisions.begin()
        self._step_s, self._person_s, self._asked, self._accepted, self._discarded_ns = None, None, None, False, -1
        self._tell(News(Stage.READY, self._stamp_ns))
        nothing = Asked(np.zeros((0, self._contract.size), np.float32), np.zeros(0, np.uint8))
        self._outputs.append(_event(nothing, self._stamp_ns, None))

    def _end(self, order: Order) -> None:
        self._steps.end()
        self._end_ns = self._stamp_ns
        self._last = self._asked[1] if self._asked is not None else self._decisions.end()
        self._tell(News(Stage.WAITING, self._end_ns, order.reason, LABEL))

    def _settle(self, order: Order) -> None:
        self._outputs.append(_event(self._last, self._end_ns, order.success))
        self._tell(News(Stage.ENDED, self._end_ns))

    def _remind(self, now_s: float) -> None:
        """Say what a person is waited for, again and again, so that it is no time-out."""
        waiting = self.session.waiting
        text, said_s = self._told
        what = waiting.what if waiting.person else ""
        if what and (_without_numbers(what) != text or now_s - said_s > REMIND_S):
            self._tell(News(Stage.WAITING, waits_for=what))
            self._told = (_without_numbers(what), now_s)

    def _tell(self, news: News) -> None:
        self._outputs.append(news)


def _event(asked: Asked, stamp_ns: int, success: bool | None) -> TaskEvent:
    """What happened up to a stamp; `success` is the label where the episode has ended, else None."""
    label = "" if success is None else "success" if success else "failure"
    return TaskEvent(stamp_ns, 0.0, success is True, success is False, label, asked.executed, asked.actors)


def make_takeover(arm: ArmModel, contract: ActionContract) -> Takeover:
    """What makes actions of a person's commands."""
    unit = contract.arm.step_rad * contract.arm.velocity_scale * contract.rate_hz
    return Takeover(arm.size, unit, partial(jacobian, arm))


def _without_numbers(text: str) -> str:
    """What is waited for, without for how long."""
    return re.sub(r"\d+", "", text)
