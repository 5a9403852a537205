"""The steps of an arm's decisions: of chunks, or of a person who has taken over; and when to ask for the next one."""

from functools import partial

import numpy as np

from dsrl_core.acting.execution.arm.kinematics import jacobian
from dsrl_core.acting.execution.arm.model import ArmModel
from dsrl_core.acting.execution.decisions import Asked, Decisions
from dsrl_core.acting.execution.executor import Executor, State
from dsrl_core.acting.execution.rails import chunk_age
from dsrl_core.acting.execution.step import Step
from dsrl_core.acting.execution.takeover import Takeover
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ChunkRefused
from dsrl_core.types import F64, ActionChunk, Actor

FOREVER_NS = 2**62


class ArmSteps:
    """Gives the step that is due, and notes what was executed for each decision, and by whom.

    At either end of a takeover the chunk in flight is discarded. What is discarded is asked for anew.
    """

    def __init__(self, platform: Platform, arm: ArmModel) -> None:
        action = platform.action
        self.takeover = Takeover(
            arm.size, action.arm.step_rad * action.arm.velocity_scale * action.rate_hz, partial(jacobian, arm)
        )
        self._chunks, self._decisions = Executor(platform), Decisions(platform.policy.execute, action.size)
        self._bounds, self._period_s = action.bounds(), 1.0 / action.rate_hz
        self._end_ns = round(1e9 * self._period_s + 1e6 * action.arm.lead_ms)  # from a step to its end
        self._nothing = np.zeros((0, action.size), np.float32)
        self.person_steps = self.takeovers = 0  # since the start
        self.begin(0.0)
        self._chunks.end()

    def begin(self, now_s: float) -> None:
        """Start an episode: its first chunk is waited for."""
        self._chunks.begin(now_s)
        self._decisions.begin()
        self._accepted = False  # whether the present decision's chunk was accepted
        self._late_ns = -1  # chunks of this observation, or of one before it, are late
        self._asked: Asked | None = None  # the next decision is to be asked for, once it is `_asked_ns`
        self._asked_ns = FOREVER_NS
        self._since_s = now_s  # when the last decision was asked for
        self._step_s: float | None = None  # of the last step of a chunk that has further ones
        self._person_s: float | None = None  # of a person's last step; None while the policy acts

    @property
    def status(self) -> tuple[int, int, int]:
        """Steps of chunks, chunks, and refused chunks since the start."""
        status = self._chunks.status
        return status.actions, status.chunks, status.refused

    @property
    def taken_over(self) -> bool:
        """Whether a person acts."""
        return self._person_s is not None

    @property
    def waits(self) -> bool:
        """Whether the next chunk is waited for."""
        return self._chunks.status.state is State.WAITING and not self.taken_over

    def since_step_s(self, now_s: float) -> float:
        """Time since the last step of a chunk that has further ones; 0 where there is none."""
        return 0.0 if self._step_s is None else now_s - self._step_s

    def tick(self, stamp_ns: int, now_s: float) -> None:
        """Note that joint states came."""
        self._chunks.tick(stamp_ns, now_s)

    def is_late(self, chunk: ActionChunk) -> bool:
        """Whether a chunk answers an observation that needs no answer any more, as one that is sent again does."""
        return chunk.stamp_ns <= self._late_ns

    def accept(self, chunk: ActionChunk, decision: int, stamp_ns: int, now_s: float) -> None:
        """Take a chunk at the time `stamp_ns` of the joint states.

        Raises:
            ChunkRefused: it is unsound, or too old to begin; the decision will be asked for anew.
        """
        self._late_ns = chunk.stamp_ns
        old, before = chunk_age.check_age(1e-9 * (stamp_ns - chunk.stamp_ns)).reason, self._chunks.status.chunks
        refused = True
        try:
            if old:
                raise ChunkRefused(old)
            self._chunks.accept(chunk, decision, now_s)
            refused = False
        finally:
            self._accepted = self._accepted or self._chunks.status.chunks > before
            if not self._decisions.arrive() or refused:
                self.discard(stamp_ns)

    def waits_s(self, now_s: float) -> float:
        """For how long the next chunk has been waited for; 0 while one is carried out or a person acts."""
        return now_s - self._since_s if self.waits else 0.0

    def next(self, stamp_ns: int, setpoint: F64, now_s: float) -> Step | None:
        """The step that is due, of a person or else of the chunk; None while there is none.

        Args:
            stamp_ns: of the joint states.
            setpoint: of the arm f64[n], rad, where a takeover goes on from.
            now_s: monotonic time.
        """
        acts = self.takeover.active(now_s)
        if acts is not self.taken_over:
            self._person_s = float("-inf") if acts else None
            self.takeovers += acts
            self.discard(stamp_ns)
        if not self._decisions.open:
            return None
        return self._of_person(stamp_ns, setpoint, now_s) if acts else self._chunks.next_step()

    def sent(self, step: Step, now_s: float) -> None:
        """Note that a step was sent."""
        actor = Actor.PERSON if self.taken_over else Actor.POLICY
        self._decisions.step(step.values, actor, last=step.decision_due)
        self.person_steps += actor is Actor.PERSON
        self._step_s = None if step.decision_due or self.taken_over else now_s
        self._look(step.stamp_ns + self._end_ns)

    def discard(self, stamp_ns: int) -> None:
        """Discard the chunk in flight; what it began is asked to be gone on with, at once."""
        self._decisions.interrupt()
        self._chunks.discard()
        self._step_s = None
        self._look(stamp_ns)

    def ask(self, stamp_ns: int, now_s: float) -> Asked | None:
        """What to ask the next decision with now, returned once; one that came to nothing keeps its number."""
        asked = self._asked
        if asked is None or stamp_ns < self._asked_ns:
            return None
        if not len(asked.executed) and self._accepted:
            self._chunks.discard(withdrawn=True)
        self._since_s = now_s
        self._asked, self._accepted, self._late_ns = None, False, max(self._late_ns, stamp_ns - 1)
        return asked

    def first(self) -> Asked:
        """What to ask the first decision with."""
        return Asked(self._nothing, np.zeros(0, np.uint8))

    def end(self) -> Asked:
        """End the episode; returns the steps since the last decision was asked for."""
        self._chunks.end()
        return self._asked if self._asked is not None else self._decisions.end()

    def _look(self, stamp_ns: int) -> None:
        """Note that the next decision is to be asked for at a stamp, if the present one is at its end."""
        asked = self._decisions.due()
        if asked is not None:
            self._asked, self._asked_ns = asked, stamp_ns
        elif self._asked is not None:
            self._asked_ns = min(self._asked_ns, stamp_ns)

    def _of_person(self, stamp_ns: int, setpoint: F64, now_s: float) -> Step | None:
        """The step that a person commands, once in a period; None in between."""
        last_s, period_s = self._person_s, self._period_s
        if last_s is None or now_s - last_s < period_s:
            return None
        self._person_s = max(last_s + period_s, now_s - period_s / 2)
        values = np.clip(self.takeover.action(setpoint), *self._bounds)
        return Step(stamp_ns, 0, 0, values, decision_due=False)
