"""The executor's core: which step of which chunk goes out now, and when output stops. Pure: no ROS, no clock."""

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
    Waiting for a chunk is no fault; silence of steering, or of the robot inside a chunk, is HOLD.
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
        self._answered_ns = -1  # joint states that the last step answered
        self._due_ns = -self._period_ns  # not in lockstep: the next step goes out from this stamp on
        self._state = State.IDLE  # beneath a HOLD
        self._silence = ""  # why steering's silence holds, empty where it does not
        self._gap = ""  # the same for the robot's
        self._moved_s = 0.0  # monotonic time of the last event that moved the episode on

    def begin(self, now_s: float) -> None:
        """A new episode: whatever was left of the last one is dropped.

        Its first joint states may have come before this was known, and may have been answered with a step of the last
        chunk, which the robot end ignores; they are to be answered anew.
        """
        self._chunk, self._decision, self._index = None, -1, 0
        self._answered_ns = -1
        self._moved_s, self._gap = now_s, ""
        self._enter(State.WAITING)

    def end(self) -> None:
        """The episode is over: the rest of the chunk is dropped, and so is every chunk until the next one begins."""
        self._chunk, self._gap = None, ""
        self._enter(State.IDLE)

    def accept(self, chunk: ActionChunk, decision: int, now_s: float) -> None:
        """Take the next chunk; one that was sent twice, or after the episode's end, changes nothing.

        Raises:
            ChunkRefused: wrong shape, a value that is not finite, or more steps than it has; output is unchanged.
        """
        if self._state is State.IDLE or decision <= self._decision:
            return
        expected = (self._horizon, self._contract.size)
        fault = _fault(chunk, expected)
        if fault:
            self.status = replace(self.status, refused=self.status.refused + 1)
            raise ChunkRefused(f"chunk {decision} {fault}; expected finite {expected}, of which 1 to {expected[0]} run")
        self._chunk, self._decision, self._index = chunk, decision, 0
        self._moved_s = now_s
        self.status = replace(self.status, chunks=self.status.chunks + 1)
        self._enter(State.RUNNING)

    def tick(self, stamp_ns: int, now_s: float) -> None:
        """Joint states have arrived; older ones than the newest change nothing."""
        if stamp_ns > self._tick_ns:
            self._tick_ns, self._moved_s = stamp_ns, now_s
            if self._gap:
                self._gap = ""
                self._enter(self._state)

    def next_step(self) -> Step | None:
        """The step that is due now, once; None while waiting, holding or done."""
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
        """Stop output until `release`."""
        self._silence = reason
        self._enter(self._state)

    def release(self, now_s: float) -> None:
        """What `hold` was called for has gone: continue where it stopped."""
        if self._silence:
            self._silence, self._moved_s = "", now_s
            self._enter(self._state)

    def watch(self, now_s: float) -> None:
        """HOLD, until joint states come, where they have been missing inside a chunk for longer than `action.gap_s`."""
        if self.status.state is State.RUNNING and now_s - self._moved_s > self._contract.gap_s:
            self._gap = f"no joint states for {self._contract.gap_s:g} s inside a chunk"
            self._enter(self._state)

    def _due(self, chunk: ActionChunk) -> bool:
        if not self._exact:
            return self._tick_ns > self._answered_ns and self._tick_ns >= self._due_ns
        if self._index == 0:
            return self._tick_ns == chunk.stamp_ns and self._answered_ns != self._tick_ns
        return self._tick_ns > self._answered_ns

    def _next_due(self) -> int:
        """Up to half a period that a step was late is made good: more would send steps in bursts."""
        period, late = self._period_ns, self._tick_ns - self._due_ns
        if late >= period:
            return self._tick_ns + period  # the first step, or one after a silence: a rhythm of its own
        return max(self._due_ns + period, self._tick_ns + period // 2)

    def _enter(self, state: State) -> None:
        """Go to `state`, or stay in HOLD above it for as long as something is silent."""
        self._state, reason = state, self._silence or self._gap
        began = bool(reason) and self.status.state is not State.HOLD
        shown = State.HOLD if reason else state
        self.status = replace(self.status, state=shown, reason=reason, holds=self.status.holds + began)


def _fault(chunk: ActionChunk, expected: tuple[int, int]) -> str:
    """What is wrong with a chunk, empty if nothing."""
    if chunk.actions.shape != expected:
        return f"has shape {chunk.actions.shape}"
    if not np.isfinite(chunk.actions).all():
        return "holds NaN or infinity"
    return "" if 1 <= chunk.execute <= expected[0] else f"asks for {chunk.execute} steps"
