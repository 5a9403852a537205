"""The live progress of a run: one line that is rewritten in a terminal, or a line every 10 s in a log."""

import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TextIO

from dsrl_core.config.run import RunConfig
from dsrl_core.schedule.groups import Kind, group_of
from dsrl_core.schedule.progress import GroupProgress, merge
from dsrl_core.schedule.rounds import Everyone, turn
from dsrl_core.schedule.schedule import Schedule

WINDOW = 20  # last episodes over which the success rate is taken
LOG_PERIOD_S = 10.0


@dataclass(slots=True)
class Snapshot:
    """The state of a run, as the progress line shows it."""

    group: str = ""
    purpose: str = ""
    episode: int = 0  # episodes of the group that are settled
    episodes: int = 0  # episodes of the group when complete
    gradient_steps: int = 0
    steps_per_s: float = 0.0
    waiting_for: str = ""
    halted: str = ""  # that a person has paused the run, or asked for its end; empty if neither


def snapshot(config: RunConfig, everyone: Everyone) -> Snapshot:
    """The group that the robot with the fewest episodes plays next, and its episodes counted over all robots."""
    slowest = turn(config, everyone)
    if slowest is None:
        return Snapshot("finishing")
    group, whole = slowest[1].group, merge(everyone.values())
    if group_of(group).kind is Kind.TRIAL:
        done = sum(tally.episodes for tally in whole.values())
        return Snapshot(group, str(slowest[1].purpose), done, config.preset.schedule.preflight)
    settled = whole.get(group, GroupProgress()).episodes
    return Snapshot(group, str(slowest[1].purpose), settled, Schedule(config).size(group))


@dataclass(slots=True)
class ProgressLine:
    """Writes snapshots to a terminal (one line, rewritten) or a file (a line every 10 s and at each new group)."""

    out: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = monotonic
    _recent: dict[str, deque[bool]] = field(default_factory=dict)
    _shown_s: float = -LOG_PERIOD_S
    _shown: tuple[str, str] = ("", "")  # group and halt of the last snapshot
    _started_s: float | None = None

    def settled(self, group: str, success: bool) -> None:
        """Count a settled episode in the success rate."""
        self._recent.setdefault(group, deque(maxlen=WINDOW)).append(success)

    def show(self, snapshot: Snapshot) -> None:
        """Write the snapshot if the last one is long enough ago, or group or halt have changed; cheap to call often."""
        now = self.clock()
        self._started_s = now if self._started_s is None else self._started_s
        terminal = self.out.isatty()
        period = 0.1 if terminal else LOG_PERIOD_S
        shown, self._shown = self._shown, (snapshot.group, snapshot.halted)
        if now - self._shown_s < period and shown == self._shown:
            return
        self._shown_s = now
        if terminal:
            done = "\n" if shown[0] and snapshot.group != shown[0] else ""
            self._write(f"{done}\r\x1b[2K{self.text(snapshot)}")
        else:
            self._write(f"{self.text(snapshot)}\n")

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
        if snapshot.halted:
            parts.append(snapshot.halted)
        if snapshot.waiting_for:
            parts.append(f"waiting for {snapshot.waiting_for}")
        return "  ".join(parts)

    def note(self, text: str) -> None:
        """Write a message to people on its own line."""
        self._write(f"\r\x1b[2K{text}\n" if self.out.isatty() else f"{text}\n")

    def end(self) -> None:
        """End the line, so that later output does not overwrite it."""
        if self.out.isatty():
            self._write("\n")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that was closed must not end a run that goes on, or saves
            self.out.write(text)
            self.out.flush()
