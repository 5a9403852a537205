"""What the run of an arm went through: counts of its executors, kept in the metrics and added over every process."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, astuple, dataclass, fields
from typing import Any, Self

from dsrl_core.run.metrics import ARM, Line
from dsrl_core.run.progress import RESUMED


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """Counts of an executor since its start, or of all of a run."""

    actions: int = 0  # steps, a person's included
    person_actions: int = 0
    takeovers: int = 0
    holds: int = 0
    faults: int = 0
    reflexes: int = 0  # of the faults, those that look like a reflex of the robot
    clipped: int = 0  # steps that a limit has changed
    person_s: float = 0.0  # time for which a person was waited for

    def follows(self, before: Self) -> bool:
        """Whether the executor that counted `before` can have come to this: then no count has fallen."""
        return all(now >= then for now, then in zip(astuple(self), astuple(before), strict=True))

    def plus(self, now: Self, before: Self) -> "ArmCounts":
        """This, and what was counted between `before` and `now`."""
        names = [field.name for field in fields(self)]
        return ArmCounts(**{x: getattr(self, x) + getattr(now, x) - getattr(before, x) for x in names})


class ArmRecord:
    """Takes the counts of every robot's executor, and writes them as lines of the metrics."""

    def __init__(self, write: Callable[[Line], None], wall_s: Callable[[], float]) -> None:
        """`write` takes a line; `wall_s` gives the working time of the run so far, s."""
        self._write, self._wall_s = write, wall_s
        self._heard: dict[str, ArmCounts] = {}  # by robot, the newest
        self._written: dict[str, ArmCounts] = {}

    def hear(self, robot: str, counts: ArmCounts) -> None:
        """Take the counts of a robot's executor. Those of one before it are written first, so that none are lost."""
        if not counts.follows(self._heard.get(robot, counts)):
            self.write()
        self._heard[robot] = counts

    def write(self) -> None:
        """Write a line for each robot whose counts have changed since its last one."""
        for robot, counts in self._heard.items():
            if counts != self._written.get(robot):
                self._write(arm_line(robot, counts, self._wall_s()))
                self._written[robot] = counts


def arm_line(robot: str, counts: ArmCounts, wall_s: float) -> Line:
    """The line of a robot's arm: what its executor has counted since its start, at the run's working time in s."""
    return {"kind": ARM, "wall_s": round(wall_s, 3), "robot": robot, **asdict(counts)}


def total(lines: Iterable[Line]) -> ArmCounts:
    """What all executors of a run have counted, from the sound lines of its metrics, in their order.

    An executor goes on counting where the learner alone has died. A resumed run has other executors, and so has a robot
    whose counts have fallen: these begin at zero.
    """
    whole, last = ArmCounts(), dict[str, ArmCounts]()
    for line in lines:
        if line.get("what") == RESUMED:
            last.clear()
        if line["kind"] != ARM:
            continue
        now, before = _counts(line), last.get(line["robot"], ArmCounts())
        whole = whole.plus(now, before if now.follows(before) else ArmCounts())
        last[line["robot"]] = now
    return whole


def figures(counts: ArmCounts) -> dict[str, Any]:
    """The part `arm` of `summary.json`; shares are None where no step was sent."""
    return {
        "holds": counts.holds,
        "faults": counts.faults,
        "reflexes": counts.reflexes,
        "clipped_share": _share(counts.clipped, counts.actions),
        "takeovers": counts.takeovers,
        "person_steps_share": _share(counts.person_actions, counts.actions),
        "person_minutes": round(counts.person_s / 60, 2),
    }


def _counts(line: Line) -> ArmCounts:
    return ArmCounts(**{field.name: line[field.name] for field in fields(ArmCounts)})


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
