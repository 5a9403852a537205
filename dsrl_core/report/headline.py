"""The main numbers of a run, at the top of the report."""

from collections.abc import Mapping

from dsrl_core.report.data import RunData
from dsrl_core.schedule.groups import FINAL, STEERED_BASE, TRAIN
from dsrl_core.schedule.tally import Tally, success_interval

ROLL = 20


def headline(data: RunData) -> str:
    """Success of base and steered policy; without a final evaluation, that of the last training episodes."""
    groups = data.groups
    parts = [_big("base", "base policy", groups[STEERED_BASE])] if STEERED_BASE in groups else []
    after = _after(data, groups)
    if parts and after:
        parts.append('<div class="arrow" aria-label="to">→</div>')
    return f'<div class="headline">{"".join(parts)}{after}</div>'


def tiles(data: RunData) -> str:
    """A row of counts of the training; unknown ones are left out."""
    train = data.groups.get(TRAIN, Tally())
    summary = data.summary or {}
    steps = summary.get("gradient_steps") or max((line["gradient_step"] for line in data.gradients), default=0)
    wall_s = _wall_s(data)
    shown = [
        ("training episodes", f"{train.episodes:,}", train.episodes),
        ("control steps", f"{train.env_steps:,}", train.env_steps),
        ("decisions", f"{train.decisions:,}", train.decisions),
        ("gradient steps", f"{steps:,}", steps),
        ("training time", duration(summary.get("train_wall_s")), summary.get("train_wall_s")),
        ("whole run", duration(wall_s), wall_s),
        ("steps per second", f"{steps_per_s(data):.0f}", wall_s and "replay" not in summary),
    ]
    cells = "".join(f"<div><b>{_thin(value)}</b><span>{name}</span></div>" for name, value, known in shown if known)
    return f'<section class="tiles">{cells}</section>' if cells else ""


def steps_per_s(data: RunData, robot: str | None = None) -> float:
    """Control steps per second of working time, of training and evaluation; of one robot or of all."""
    steps = sum(line["env_steps"] for line in data.episodes if robot in (None, line["robot"]))
    return steps / max(_wall_s(data), 1e-9)


def _wall_s(data: RunData) -> float:
    known: float = (data.summary or {}).get("wall_s") or max((line["wall_s"] for line in data.episodes), default=0.0)
    return known


def percent(rate: float) -> str:
    """A rate as whole percent, but never 0 or 100 % where it is not exactly that."""
    whole = round(100 * rate)
    inside = 0 < rate < 1 and whole in (0, 100)
    return f"{100 * rate:.1f}" if inside else f"{whole}"


def duration(seconds: float | None) -> str:
    """A time for people: "48 s", "2 min 41 s", "3 h 05 min"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _after(data: RunData, groups: Mapping[str, Tally]) -> str:
    if FINAL in groups:
        return _big("steered", "steered policy", groups[FINAL])
    last = data.train[-ROLL:]
    if not last:
        return ""
    recent = Tally(len(last), sum(bool(line["success"]) for line in last))
    who = "the recorded run, while exploring" if "replay" in (data.summary or {}) else "while exploring"
    return _big("steered", who, recent, what="last training episodes")


def _big(style: str, title: str, tally: Tally, what: str = "evaluation episodes") -> str:
    low, high = success_interval(tally.successes, tally.episodes)
    rate = percent(tally.successes / tally.episodes)
    facts = f"{tally.successes} of {tally.episodes} {what} · 95 %: {percent(low)}–{percent(high)}"
    return f'<div class="big {style}"><b>{rate}<small>%</small></b><em>{title}</em><span>{facts}</span></div>'


def _thin(text: str) -> str:
    return text.replace(",", "\u202f")
