"""The executor's core: which step of which chunk is sent now, and when output stops. Pure: no ROS, no clock."""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ChunkRefused
from dsrl_core.plugins import LIMITS, load_plugin
from dsrl_core.types import ActionChunk


class State(IntEnum):
    """As `dsrl_ros/msg/ExecutorStatus`."""

    IDLE = 0
    RUNNING = 1
    WAITING = 2
    HOLD = 3


@dataclass(frozen=True, slots=True)
class Status:
    state: State = State.IDLE
    reason: str = ""
    actions: int = 0
    chunks: int = 0
    refused: int = 0
    holds: int = 0


class Executor:
    """Emits the steps of the newest chunk, paced by the robot's joint states.

    In lockstep (`observation.stamps: exact`) step 0 answers the joint states that carry the chunk's own stamp, and each
    later step the next ones. Otherwise steps follow each other at `action.rate_hz`, by the stamps of the joint states.
    Between chunks it waits without a time limit. It goes to HOLD while steering is silent, and while joint states stay
    away inside a chunk.
    """

    def __init__(self, platform: Platform):
        self._contract = platform.action
        self._exact = platform.observation.stamps == "exact"
        self._period_ns = round(1e9 / platform.action.rate_hz)
        self._horizon = platform.policy.horizon
        self._limits = [
            load_plugin(LIMITS, name, "action.limits").make(platform.action) for name in platform.action.limits
        ]
        self.status = Status()
        self._chunk: ActionChunk | None = None
        self._decision = -1
        self._index = 0
        self._tick_ns = -1  # newest joint states
        self._answered_ns = -1  # stamp of the joint states that the last step answered
        self._due_ns = -self._period_ns  # not in lockstep: the earliest stamp at which the next step is sent
        self._state = State.IDLE  # the state that applies, or that HOLD returns to
        self._silence = ""  # reason for HOLD because steering is silent, empty while it is not
        self._gap = ""  # reason for HOLD because joint states stay away, empty while they come
        self._progress_s = 0.0  # monotonic time of the last begin, chunk, joint states or release

    def begin(self, now_s: float) -> None:
        """Start a new episode; what is left of the last chunk is discarded.

        The episode's first joint states may have arrived before this call and may have been answered with a step of the
        last chunk, which the robot end ignores. They are answered again, with the first step of the new chunk.
        """
        self._chunk, self._decision, self._index = None, -1, 0
        self._answered_ns = -1
        self._progress_s, self._gap = now_s, ""
        self._enter(State.WAITING)

    def end(self) -> None:
        """End the episode: the rest of the chunk is discarded, and chunks are ignored until the next `begin`."""
        self._chunk, self._gap = None, ""
        self._enter(State.IDLE)

    def accept(self, chunk: ActionChunk, decision: int, now_s: float) -> None:
        """Take the next chunk; a repeated one, or one after the episode's end, is ignored.

        Raises:
            ChunkRefused: wrong shape, a value that is not finite, or `execute` outside 1 to the horizon; the current
                chunk goes on.
        """
        if self._state is State.IDLE or decision <= self._decision:
            return
        expected = (self._horizon, self._contract.size)
        fault = _fault(chunk, expected)
        if fault:
            self.status = replace(self.status, refused=self.status.refused + 1)
            raise ChunkRefused(f"chunk {decision} {fault}; expected finite {expected}, of which 1 to {expected[0]} run")
        self._chunk, self._decision, self._index = chunk, decision, 0
        self._progress_s = now_s
        self.status = replace(self.status, chunks=self.status.chunks + 1)
        self._enter(State.RUNNING)

    def tick(self, stamp_ns: int, now_s: float) -> None:
        """Note that joint states arrived, which ends a HOLD for their absence; out-of-order ones are ignored."""
        if stamp_ns > self._tick_ns:
            self._tick_ns, self._progress_s = stamp_ns, now_s
            if self._gap:
                self._gap = ""
                self._enter(self._state)

    def next_step(self) -> Step | None:
        """The step that is due now, returned once; None while none is due, and in WAITING, HOLD and IDLE."""
        chunk = self._chunk
        if self.status.state is not State.RUNNING or chunk is None or not self._due(chunk):
            return None
        values = chunk.actions[self._index]
        for limit in self._limits:
            values = limit(values)
        last = self._index + 1 == chunk.execute
        step = Step(self._tick_ns, self._decision, self._index, values, last)
        self._answered_ns, self._index = self._tick_ns, self._index + 1
        self._due_ns = self._next_due()
        self.status = replace(self.status, actions=self.status.actions + 1)
        if last:
            self._chunk = None
            self._enter(State.WAITING)
        return step

    def hold(self, reason: str) -> None:
        """Stop output until `release`, because steering is silent."""
        self._silence = reason
        self._enter(self._state)

    def release(self, now_s: float) -> None:
        """Undo `hold`: output continues at the step where it stopped."""
        if self._silence:
            self._silence, self._progress_s = "", now_s
            self._enter(self._state)

    def watch(self, now_s: float) -> None:
        """Go to HOLD if no joint states came inside a chunk for longer than `action.gap_s`; the next ones end it."""
        if self.status.state is State.RUNNING and now_s - self._progress_s > self._contract.gap_s:
            self._gap = f"no joint states for {self._contract.gap_s:g} s inside a chunk"
            self._enter(self._state)

    def _due(self, chunk: ActionChunk) -> bool:
        if not self._exact:
            return self._tick_ns > self._answered_ns and self._tick_ns >= self._due_ns
        if self._index == 0:
            return self._tick_ns == chunk.stamp_ns and self._answered_ns != self._tick_ns
        return self._tick_ns > self._answered_ns

    def _next_due(self) -> int:
        """Earliest stamp of the next step. A late step shortens the period after it, by half at most: no bursts."""
        period, late = self._period_ns, self._tick_ns - self._due_ns
        if late >= period:
            return self._tick_ns + period  # the first step, or one after a pause: periods count from it
        return max(self._due_ns + period, self._tick_ns + period // 2)

    def _enter(self, state: State) -> None:
        """Go to `state`; while there is a reason for HOLD, report HOLD and go to `state` when the reason is gone."""
        self._state, reason = state, self._silence or self._gap
        began = bool(reason) and self.status.state is not State.HOLD
        reported = State.HOLD if reason else state
        self.status = replace(self.status, state=reported, reason=reason, holds=self.status.holds + began)


def _fault(chunk: ActionChunk, expected: tuple[int, int]) -> str:
    """What is wrong with a chunk, empty if nothing."""
    if chunk.actions.shape != expected:
        return f"has shape {chunk.actions.shape}"
    if not np.isfinite(chunk.actions).all():
        return "holds NaN or infinity"
    return "" if 1 <= chunk.execute <= expected[0] else f"asks for {chunk.execute} steps"
