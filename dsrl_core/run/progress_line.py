"""What a person sees while a run goes on: one line that stays up to date, or a line now and then in a log."""

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TextIO

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.rounds import Everyone, turn
from dsrl_core.schedule.schedule import GroupProgress, Schedule, merge

WINDOW = 20  # episodes in the shown success rate
LOG_PERIOD_S = 10.0


@dataclass(slots=True)
class Snapshot:
    """The state of a run in a few numbers."""

    group: str = ""
    purpose: str = ""
    episode: int = 0  # settled in the group
    episodes: int = 0  # planned in the group
    gradient_steps: int = 0
    steps_per_s: float = 0.0
    waiting_for: str = ""


def snapshot(config: RunConfig, everyone: Everyone) -> Snapshot:
    """Where a run is: at the group that the slowest robot is at, counted over all robots."""
    slowest = turn(config, everyone)
    if slowest is None:
        return Snapshot("finishing")
    group = slowest[1].group
    settled = merge(everyone.values()).get(group, GroupProgress()).episodes
    return Snapshot(group, str(slowest[1].purpose), settled, Schedule(config).size(group))


@dataclass(slots=True)
class ProgressLine:
    """Writes snapshots to a terminal (one line, rewritten) or a file (a line every 10 s and at each new group)."""

    out: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = monotonic
    _recent: dict[str, deque[bool]] = field(default_factory=dict)
    _shown_s: float = -LOG_PERIOD_S
    _group: str = ""
    _started_s: float | None = None

    def settled(self, group: str, success: bool) -> None:
        """An episode has been settled."""
        self._recent.setdefault(group, deque(maxlen=WINDOW)).append(success)

    def show(self, snapshot: Snapshot) -> None:
        """Show where the run is; cheap to call often."""
        now = self.clock()
        self._started_s = now if self._started_s is None else self._started_s
        terminal = self.out.isatty()
        period = 0.1 if terminal else LOG_PERIOD_S
        if now - self._shown_s < period and snapshot.group == self._group:
            return
        self._shown_s = now
        if terminal:
            done = "\n" if self._group and snapshot.group != self._group else ""
            self.out.write(f"{done}\r\x1b[2K{self.text(snapshot)}")
        else:
            self.out.write(f"{self.text(snapshot)}\n")
        self._group = snapshot.group
        self.out.flush()

    def text(self, snapshot: Snapshot) -> str:
        """e.g. " 2:07  train  train  episode  41/140  success of last 20:  65 %  gradient steps  1320 (95/s)"."""
        recent = self._recent.get(snapshot.group)
        rate = f"{100 * sum(recent) / len(recent):3.0f} %" if recent else "  - %"
        elapsed = int(self.clock() - (self._started_s or self.clock()))
        parts = [
            f"{elapsed // 60:2d}:{elapsed % 60:02d}",
            f"{snapshot.group or 'starting':14s}",
            f"{snapshot.purpose:5s}",
            f"episode {snapshot.episode:3d}/{snapshot.episodes:<3d}",
            f"success of last {WINDOW}: {rate}",
            f"gradient steps {snapshot.gradient_steps:6d} ({snapshot.steps_per_s:.0f}/s)",
        ]
        if snapshot.waiting_for:
            parts.append(f"waiting for {snapshot.waiting_for}")
        return "  ".join(parts)

    def note(self, text: str) -> None:
        """Something that a person must not miss, on a line of its own."""
        self.out.write(f"\r\x1b[2K{text}\n" if self.out.isatty() else f"{text}\n")
        self.out.flush()

    def end(self) -> None:
        """Leave the line standing."""
        if self.out.isatty():
            self.out.write("\n")
            self.out.flush()
