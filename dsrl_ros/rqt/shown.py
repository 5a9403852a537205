"""What the panel shows of a snapshot, in words and numbers. No Qt, no ROS."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan

from dsrl_core.run.progress_line import WINDOW
from dsrl_core.schedule.groups import STEERED_BASE, Kind
from dsrl_core.view.snapshot import Curve, Phase, Robot, ViewSnapshot
from dsrl_core.view.values import DecisionValue, Level
from dsrl_ros.rqt.axes import Point, in_words
from dsrl_ros.rqt.colours import BLUE, GREY, PURPLE

FIGURES = (
    "Replay buffer",
    "Gradient steps",
    "Critic loss",
    "Actor loss",
    "Entropy",
    "Temperature",
    "Episodes dropped",
    "Learner restarts",
    "Holds",
    "Faults",
    "Steps clipped",
    "Steps carried out",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart.

    Attributes:
        points: x, y in the order of x; a y that is not finite parts the line.
        colour: as "#rrggbb".
        dashed: for what the others are to be compared with.
    """

    points: Sequence[Point]
    colour: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of a decision: its name, the newest time and the longest of the newest decisions, both in ms."""

    name: str
    newest_ms: float
    most_ms: float


def success(curves: Iterable[Curve], playing: str) -> tuple[list[Line], str]:
    """The success curve, and a note on it.

    It is that of training, with the base policy's success as a dashed line; before training, of the group that is
    played.
    """
    by_name = {curve.group: curve for curve in curves}
    training = next((curve for curve in by_name.values() if curve.kind == Kind.TRAINING), None)
    base = by_name.get(STEERED_BASE) or next((c for c in by_name.values() if c.kind == Kind.BASE), None)
    shown = training if training is not None and training.running else by_name.get(playing) or base
    if shown is None or not shown.running:
        return [], ""
    lines = [Line([(index + 1, value) for index, value in enumerate(shown.running)], BLUE)]
    said = f"last {min(WINDOW, len(shown.running))}: {_percent(shown.running[-1])}"
    if shown is not training:
        return lines, f"{shown.title.lower()}, {said}"
    notes = [said]
    if base is not None and base.success is not None:
        lines.insert(0, Line([(1, base.success), (max(2, len(shown.running)), base.success)], GREY, dashed=True))
        notes.insert(0, f"base {_percent(base.success)} (dashed)")
    notes += [f"{c.title.lower()} {_percent(c.success)}" for c in by_name.values() if c.kind == Kind.STEERED]
    return lines, ", ".join(notes)


def q_values(decisions: Sequence[DecisionValue]) -> tuple[list[Line], str]:
    """Q of the newest decisions; a decision without a critic parts the line."""
    if not any(decision.q is not None for decision in decisions):
        return [], ""
    newest = decisions[-1].q
    lines = [Line(_newest([nan if decision.q is None else decision.q for decision in decisions]), BLUE)]
    return lines, "-" if newest is None else in_words(newest)


def noise(decisions: Sequence[DecisionValue]) -> tuple[list[Line], str]:
    """Root mean square of the noise of the newest decisions, and where the newest came from."""
    if not decisions:
        return [], ""
    newest = decisions[-1]
    version = f" of version {newest.params_version}" if newest.params_version else ""
    note = f"{newest.source.replace('_', ' ')}{version}: {in_words(newest.noise_norm)}"
    return [Line(_newest([decision.noise_norm for decision in decisions]), PURPLE)], note


def hops(decisions: Sequence[DecisionValue]) -> list[Hop]:
    """The hops of the newest decisions."""
    if not decisions:
        return []
    times = [(d.observe_ms, d.actor_ms, d.policy_ms, d.total_ms) for d in decisions]
    names = ("observe", "actor", "policy", "whole")
    return [Hop(name, column[-1], max(column)) for name, column in zip(names, zip(*times, strict=True), strict=True)]


def figures(snapshot: ViewSnapshot, robot: Robot | None) -> dict[str, str]:
    """A value for each of `FIGURES` that is known."""
    found: dict[str, str] = {}
    if snapshot.phase.learner:
        has = snapshot.buffers
        due = f", {has.gradient_steps_due} due" if has.gradient_steps_due else ""
        found |= {
            "Replay buffer": f"{has.transitions} transitions",
            "Gradient steps": f"{has.gradient_steps} ({has.steps_per_s:.0f}/s{due})",
            "Critic loss": in_words(has.critic_loss),
            "Actor loss": in_words(has.actor_loss),
            "Entropy": f"{in_words(has.entropy)} nats",
            "Temperature": in_words(has.temperature),
            "Episodes dropped": str(has.dropped),
            "Learner restarts": str(has.restarts),
        }
    if robot is not None and robot.executor is not None:
        does = robot.executor
        counts = {"Holds": does.holds, "Faults": does.faults, "Steps clipped": does.clipped}
        found |= {name: str(count) for name, count in (counts | {"Steps carried out": does.actions}).items()}
    return found


def phase_words(phase: Phase) -> str:
    """Where the run is, e.g. "Training: episode 77 of 100, paused"."""
    of = f" of {phase.episodes}" if phase.episodes else ""
    words = f"{phase.title}: episode {phase.episode}{of}" if phase.group else phase.title
    return words + (", ends after this episode" if phase.ending else ", paused" if phase.paused else "")


def time_words(seconds: float | None) -> str:
    """The time that is left, e.g. "about 12 min left"."""
    if seconds is None:
        return "time left: not known yet"
    if seconds < 90:
        return f"about {seconds:.0f} s left"
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes < 120 else f"about {minutes // 60} h {minutes % 60:02d} min left"


def executor_words(robot: Robot | None) -> tuple[str, str]:
    """The state of a robot's executor, empty where none was heard, and words about it."""
    if robot is None or robot.executor is None:
        return "", "no executor was heard yet"
    does = robot.executor
    parts = [f"episode {does.episode}", "a person acts" if does.takeover else "", does.reason]
    parts += [f"waits for {does.waits_for}"] if does.waits_for else []
    return does.state, "; ".join(part for part in parts if part)


def alert(snapshot: ViewSnapshot) -> str:
    """What is wrong now by the diagnostics, and how the run has ended; empty where nothing is."""
    wrong = [
        f"{status.value.name}: {status.value.message}"
        for branch in snapshot.diagnostics
        for status in branch.statuses
        if status.value.level in (Level.WARN, Level.ERROR)
    ]
    ended = [snapshot.outcome.text] if snapshot.outcome is not None else []
    return "\n".join(ended + wrong[:3] + ([f"and {len(wrong) - 3} more"] if len(wrong) > 3 else []))


def _newest(values: Sequence[float]) -> list[Point]:
    """Values by how many decisions ago they were, as negative numbers; the newest at 0."""
    return [(index - len(values) + 1, value) for index, value in enumerate(values)]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"
