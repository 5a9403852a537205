"""The success of the episodes of each group, in order, and at which pace they come."""

from collections.abc import Iterable, Mapping
from typing import Any

from dsrl_core.run.progress_line import WINDOW
from dsrl_core.schedule.groups import group_of
from dsrl_core.schedule.progress import Progress
from dsrl_core.view.snapshot import Curve
from dsrl_core.view.time_left import Pace

KEPT = 5000  # episodes of a group; of longer ones the first are forgotten


class Curves:
    """Counts outcomes by what the learner says of each group, and by lines of `metrics.jsonl` for what was before."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._outcomes: dict[str, list[bool]] = {}
        self._running: dict[str, list[float]] = {}
        self._counted: dict[str, int] = {}
        self._wins: dict[str, int] = {}
        self._last_s: float | None = None  # when the newest outcome was heard of

    def read(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take the episodes of `metrics.jsonl`; what was counted before is left as it is."""
        if self._counted:
            return
        before = 0.0
        for line in lines:
            if line["kind"] == "episode":
                self._add(line["group"], bool(line["success"]))
                self.pace.add(line["group"], max(0.0, line["wall_s"] - before))
                before = line["wall_s"]

    def take(self, played: Progress, now_s: float, paused: bool) -> None:
        """Take the counts of all robots at a monotonic time; what is new since the last call is appended.

        Several new episodes of a group have an unknown order: their successes are spread evenly.
        """
        new = {name: tally.episodes - self._counted.get(name, 0) for name, tally in played.items()}
        total = sum(count for count in new.values() if count > 0)
        first = self._last_s is None
        for name, count in new.items():
            if count <= 0:
                continue
            wins = max(0, min(count, played[name].successes - self._wins.get(name, 0)))
            for index in range(count):
                self._add(name, (index + 1) * wins // count > index * wins // count)
                if not (first or paused):
                    self.pace.add(name, (now_s - (self._last_s or 0.0)) / total)
        if total or first or paused:
            self._last_s = now_s

    def all(self, sizes: Mapping[str, int]) -> tuple[Curve, ...]:
        """A curve per group, in the order of their first episodes.

        Args:
            sizes: of complete groups; those without an episode yet come last, with an empty curve.
        """
        names = [*self._outcomes, *(name for name in sizes if name not in self._outcomes)]
        return tuple(
            Curve(
                name,
                group_of(name).title,
                str(group_of(name).kind),
                tuple(self._outcomes.get(name, ())),
                tuple(self._running.get(name, ())),
                sizes.get(name, 0),
                self._counted.get(name, 0) - len(self._outcomes.get(name, ())) + 1,
            )
            for name in names
        )

    def _add(self, name: str, success: bool) -> None:
        outcomes, running = self._outcomes.setdefault(name, []), self._running.setdefault(name, [])
        outcomes.append(success)
        recent = outcomes[-WINDOW:]
        running.append(sum(recent) / len(recent))
        self._counted[name] = self._counted.get(name, 0) + 1
        self._wins[name] = self._wins.get(name, 0) + success
        del outcomes[:-KEPT], running[:-KEPT]
