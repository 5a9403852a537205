"""How long steering waits for an episode to go on: when it sends again, what it tells, when it gives the episode up.

Times are monotonic seconds, and given.
"""

from dataclasses import dataclass, field

from dsrl_core.acting.assembler import Assembler
from dsrl_core.acting.execution.rails.verdict import OK, Level
from dsrl_core.acting.stall import Stall
from dsrl_core.config.platform import Platform

RESEND_S = 1.0  # time without progress after which messages are sent again that DDS may have lost before discovery


@dataclass(frozen=True, slots=True)
class Look:
    """What follows from how long an episode has not gone on."""

    drop: str = ""  # why the episode is given up; empty if it is not
    complaints: dict[str, str] = field(default_factory=dict)  # what is told, by what it is about


class Patience:
    """Follows how the episode that is being played goes on."""

    def __init__(self, platform: Platform, assembler: Assembler) -> None:
        self._platform, self._assembler = platform, assembler
        self.stall = Stall(platform)
        self.ready = False  # whether the robot end is
        self.waits_for = ""  # which person's act, or which step of a reset: time does not count meanwhile
        self._progress_s = self._sent_s = float("-inf")  # when it last went on, and when something was last sent

    def begin(self, now_s: float) -> None:
        """An episode is about to be asked for."""
        self.ready, self.waits_for, self._progress_s = False, "", now_s

    def sent(self, now_s: float) -> None:
        """Its request was sent, for the first time or again."""
        self._sent_s = now_s

    def begun(self, now_s: float) -> None:
        """The robot end is ready."""
        self.ready, self._progress_s = True, now_s

    def observed(self, now_s: float) -> None:
        """An observation was complete."""
        self._progress_s = self._sent_s = now_s

    def resends(self, now_s: float) -> bool:
        """Whether to send again what was sent last."""
        return now_s - self._sent_s > RESEND_S

    def look(self, now_s: float) -> Look:
        """Judge how long the episode has not gone on; to be called often."""
        if self.waits_for:
            self._progress_s = now_s
        cameras = self._assembler.cameras() if self.ready and self._platform.on_an_arm else OK
        if cameras.level is Level.DROP:
            return Look(drop=cameras.reason)
        told = {} if cameras.level is Level.OK else {"cameras": cameras.reason}
        limit_s, waited_s = self._limit_s(), now_s - self._progress_s
        if waited_s > limit_s:
            missing = self._lacking(now_s) if self.ready else "READY of the robot end"
            return Look(f"nothing for {limit_s:g} s; missing: {missing}", told)
        if self.ready and self.stall.late(self._progress_s, now_s):
            told["decision"] = f"no decision for {waited_s:.1f} s; missing: {self._lacking(now_s)}"
        return Look(complaints=told)

    def _limit_s(self) -> float:
        return self._platform.observation.timeout_s if self.ready else self._platform.episode.ready_timeout_s

    def _lacking(self, now_s: float) -> str:
        return self.stall.words(self._assembler.lacking(), self._progress_s, now_s)
