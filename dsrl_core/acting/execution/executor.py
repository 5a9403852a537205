"""The executor's core: which step of which chunk is sent now, and when output stops. Pure: no ROS, no clock."""

from dataclasses import dataclass, replace
from enum import IntEnum

from dsrl_core.acting.execution.pace import Pace
from dsrl_core.acting.execution.rails.chunk_soundness import fault_of
from dsrl_core.acting.execution.stamps import FAR_S, StampFilter, Verdict
from dsrl_core.acting.execution.step import Step
from dsrl_core.config.platform import Platform
from dsrl_core.errors import ChunkRefused
from dsrl_core.plugins import LIMITS, load_plugin
from dsrl_core.types import F32, ActionChunk

LOCKSTEP_FAR_S = 10.0  # simulated time may jump, between episodes for example
HELD_S = 1.0  # on hardware a chunk that HOLD kept for longer is dropped; two gaps where that is more


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
    Stamps that are far off are ignored, and a clock that steps is followed. Between chunks it waits without a time
    limit. It goes to HOLD while steering is silent, and while joint states that can be used stay away inside a chunk.
    After a HOLD the chunk goes on where it stopped. One that was held for longer than `HELD_S` or two gaps is dropped,
    except in lockstep, as the robot may be elsewhere by then; steering then gives the episode up.
    """

    def __init__(self, platform: Platform):
        self._contract = platform.action
        self._exact = platform.observation.stamps == "exact"
        period_s = 1.0 / platform.action.rate_hz
        far_s = max(LOCKSTEP_FAR_S, 2 * period_s) if self._exact else FAR_S
        self._clock = StampFilter("joint states", far_s, timed=not self._exact)
        self._pace = Pace(round(1e9 * period_s))
        self._horizon = platform.policy.horizon
        self._limits = [
            load_plugin(LIMITS, name, "action.limits").make(platform.action) for name in platform.action.limits
        ]
        self.status = Status()
        self._chunk: ActionChunk | None = None
        self._decision = -1
        self._index = 0
        self._tick_ns: int | None = None  # newest joint states
        self._now_s = 0.0  # monotonic time of the last call that told it
        self._answered_ns: int | None = None  # stamp of the joint states that the last step answered
        self._state = State.IDLE  # the state that applies, or that HOLD returns to
        self._silence = ""  # reason for HOLD because steering is silent, empty while it is not
        self._gap = ""  # reason for HOLD because joint states stay away, empty while they come
        self._progress_s = 0.0  # monotonic time of the last begin, chunk, joint states or release
        self._held_s = 0.0  # monotonic time since which HOLD keeps the chunk
        self._dropped: dict[str, str] = {}  # what is told about a chunk that was held for too long

    def begin(self, now_s: float) -> None:
        """Start a new episode; what is left of the last chunk is discarded.

        The episode's first joint states may have arrived before this call and may have been answered with a step of the
        last chunk, which the robot end ignores. They are answered again, with the first step of the new chunk. Beyond
        that no stamp of an earlier episode counts: the robot's clock may be another one now.
        """
        self._chunk, self._decision, self._index = None, -1, 0
        self._follow(self._tick_ns if self._exact else None)
        self._clock.restart()
        self._progress_s, self._gap = now_s, ""
        self._enter(State.WAITING)

    def end(self) -> None:
        """End the episode: the rest of the chunk is discarded, and chunks are ignored until the next `begin`."""
        self._chunk, self._gap = None, ""
        self._enter(State.IDLE)

    def check_first(self, chunk: ActionChunk, decision: int) -> None:
        """Whether this can be the first chunk of another episode; raises as `accept` does, before `begin` is called."""
        self._check(chunk, decision, 0)

    def accept(self, chunk: ActionChunk, decision: int, now_s: float) -> None:
        """Take the next chunk; a repeated one, or one after the episode's end, is ignored.

        Raises:
            ChunkRefused: a decision before it is missing, wrong shape, a value that is not finite, or `execute` outside
                1 to the horizon; the current chunk goes on.
        """
        if self._state is State.IDLE or decision <= self._decision:
            return
        self._check(chunk, decision, self._decision + 1)
        self._chunk, self._decision, self._index = chunk, decision, 0
        self._progress_s = self._now_s = self._held_s = now_s
        if self._exact and chunk.stamp_ns not in (self._tick_ns, self._answered_ns):
            self._use(self._clock.recall(chunk.stamp_ns, now_s), chunk.stamp_ns, now_s)
        self.status = replace(self.status, chunks=self.status.chunks + 1)
        self._enter(State.RUNNING)

    def tick(self, stamp_ns: int, now_s: float) -> None:
        """Note that joint states arrived, which ends a HOLD for their absence; those that are not newer are ignored."""
        self._now_s = now_s
        self._use(self._clock.take(stamp_ns, now_s, known=self._asked_for(stamp_ns)), stamp_ns, now_s)

    def told(self) -> dict[str, str]:
        """Messages to people since the last call, by what they are about: the joint states' clock, a dropped chunk."""
        dropped, self._dropped = self._dropped, {}
        return self._clock.told() | dropped

    def next_step(self) -> Step | None:
        """The step that is due now, returned once; None while none is due, and in WAITING, HOLD and IDLE."""
        chunk, tick_ns = self._chunk, self._tick_ns
        if self.status.state is not State.RUNNING or chunk is None or tick_ns is None or not self._due(chunk, tick_ns):
            return None
        last = self._index + 1 == chunk.execute
        following = None if last else self._limited(chunk.actions[self._index + 1])
        step = Step(tick_ns, self._decision, self._index, self._limited(chunk.actions[self._index]), last, following)
        self._answered_ns, self._index = tick_ns, self._index + 1
        self._pace.sent(tick_ns, self._now_s)
        self.status = replace(self.status, actions=self.status.actions + 1)
        if last:
            self._chunk = None
            self._enter(State.WAITING)
        return step

    def discard(self, withdrawn: bool = False) -> bool:
        """Discard what is left of the chunk, so that the next one is waited for; whether there was something left.

        Args:
            withdrawn: nothing of it was executed, so that its decision is made again, with its number.
        """
        left = self._chunk is not None
        self._chunk = None
        self._decision -= withdrawn and self._decision >= 0
        if self._state is State.RUNNING:
            self._enter(State.WAITING)
        return left

    def hold(self, reason: str, now_s: float) -> None:
        """Stop output until `release`, because steering is silent."""
        self._silence, self._now_s = reason, now_s
        self._enter(self._state)

    def release(self, now_s: float) -> None:
        """Undo `hold`: output continues at the step where it stopped, unless that was too long ago."""
        if self._silence:
            self._silence, self._progress_s, self._now_s = "", now_s, now_s
            self._resume()

    def watch(self, now_s: float) -> None:
        """Go to HOLD if no usable joint states came inside a chunk for `action.gap_s`; the next ones end it."""
        self._now_s, gap_s = now_s, self._contract.gap_s
        if self.status.state is State.RUNNING and now_s - self._progress_s > gap_s:
            fault = self._clock.fault(now_s - gap_s)
            what = f"{fault}: none that can be used" if fault else "no joint states"
            self._gap = f"{what} for {gap_s:g} s inside a chunk"
            self._enter(self._state)

    def _limited(self, values: F32) -> F32:
        for limit in self._limits:
            values = limit(values)
        return values

    def _check(self, chunk: ActionChunk, decision: int, following: int) -> None:
        """Raise ChunkRefused, and count it, if the chunk is unsound or comes before that of decision `following`."""
        expected = (self._horizon, self._contract.size)
        fault = fault_of(chunk, expected, decision, following)
        if fault:
            self.status = replace(self.status, refused=self.status.refused + 1)
            raise ChunkRefused(f"chunk {decision} {fault}; expected finite {expected}, of which 1 to {expected[0]} run")

    def _use(self, verdict: Verdict, stamp_ns: int, now_s: float) -> None:
        if verdict is Verdict.IGNORED:
            return
        if verdict is Verdict.STEPPED:
            self._follow(None)
        self._tick_ns, self._progress_s = stamp_ns, now_s
        if self._gap:
            self._gap = ""
            self._resume()

    def _resume(self) -> None:
        """Go on where output stopped, unless there is another reason for HOLD, or the chunk was held for too long."""
        held_s = self._now_s - self._held_s
        late = not self._exact and held_s > max(HELD_S, 2 * self._contract.gap_s)
        if late and self._state is State.RUNNING and not (self._silence or self._gap):
            self._dropped["held chunk"] = (
                f"the rest of chunk {self._decision} is dropped: HOLD kept it for {held_s:.1f} s"
            )
            self._chunk, self._state = None, State.WAITING
        self._enter(self._state)

    def _follow(self, tick_ns: int | None) -> None:
        """Compare no longer with stamps of before; `tick_ns` is to be answered, if any is known."""
        self._tick_ns, self._answered_ns = tick_ns, None
        self._pace.restart()

    def _asked_for(self, stamp_ns: int) -> bool:
        """Whether the chunk's first step answers exactly this stamp, which steering has seen in all streams."""
        return self._exact and self._chunk is not None and self._index == 0 and stamp_ns == self._chunk.stamp_ns

    def _due(self, chunk: ActionChunk, tick_ns: int) -> bool:
        if self._exact and self._index == 0:
            return tick_ns == chunk.stamp_ns and self._answered_ns != tick_ns
        newer = self._answered_ns is None or tick_ns > self._answered_ns
        return newer and (self._exact or self._pace.due(tick_ns, self._now_s))

    def _enter(self, state: State) -> None:
        """Go to `state`; while there is a reason for HOLD, report HOLD and go to `state` when the reason is gone."""
        self._state, reason = state, self._silence or self._gap
        began = bool(reason) and self.status.state is not State.HOLD
        self._held_s = self._now_s if began else self._held_s
        reported = State.HOLD if reason else state
        self.status = replace(self.status, state=reported, reason=reason, holds=self.status.holds + began)
