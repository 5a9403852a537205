"""Tables of the report: evaluations, events and repeatability, robots, working time, and settings."""

from html import escape
from itertools import pairwise

from dsrl_core.report.data import RunData
from dsrl_core.report.headline import duration, percent, steps_per_s
from dsrl_core.schedule.groups import BEST, FINAL, STEERED_BASE, Kind, group_of
from dsrl_core.schedule.tally import Tally, success_interval

EVENTS = {
    "episode_dropped": "Episode dropped",
    "other_parameters": "Other parameters",
    "learner_died": "Learner died",
    "learner_restarted": "Learner restarted",
    "checkpoint_refused": "Checkpoint passed over",
    "episodes_changed": "Recorded episodes changed",
    "returned_to_best": "Back to the best parameters",
    "no_gain": "More episodes not worth their time",
    "finishing": "Run trained",
    "resumed": "Run resumed",
    "stopped": "Run stopped",
}
PURPOSES = {"train": "training", "eval": "evaluation"}
MOST_EVENTS = 40


def evaluations(data: RunData) -> str:
    """Success of each evaluated group with its interval; the trials of a pre-flight have a table of their own."""
    left_out = (Kind.TRAINING, Kind.TRIAL)
    groups = {name: tally for name, tally in data.groups.items() if group_of(name).kind not in left_out}
    if not groups:
        return ""
    first = (FINAL, BEST, STEERED_BASE)
    names = [name for name in first if name in groups] + [name for name in groups if name not in first]
    head = '<tr><th>noise</th><th class="bar"></th><th class="number">success</th><th class="number">episodes</th>'
    recorded = (data.summary or {}).get("groups", {})
    rows = "".join(_evaluation(name, groups[name], recorded.get(name, {}).get("params_versions")) for name in names)
    return (
        f'<div class="card scroll"><table>{head}<th class="number interval">95 % interval</th></tr>{rows}</table></div>'
    )


def reliability(data: RunData) -> str:
    """Whether the run can be repeated bit for bit, what was dropped, and the events."""
    summary = data.summary or {}
    drops = summary.get("dropped_episodes")
    facts = [
        ("Exactly repeatable", _exact(summary.get("exact"), summary.get("not_exact_because") or [])),
        ("Episodes dropped", None if drops is None else f"{drops}, none of them trained on" if drops else "none"),
        ("Learner restarts", _count(summary.get("learner_restarts"))),
        ("Resumed", {True: "yes", False: "no"}.get(summary.get("resumed", ""))),
        ("Training data", _digest(summary.get("transitions_sha256"))),
        ("Parameters", _digest(summary.get("params_sha256"))),
    ]
    rows = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in facts if value is not None)
    happened = "".join(_event(line) for line in data.events[:MOST_EVENTS])
    if len(data.events) > MOST_EVENTS:
        happened += f"<tr><td></td><td>and {len(data.events) - MOST_EVENTS} more in metrics.jsonl</td></tr>"
    body = rows + happened
    return f'<div class="card scroll"><table class="facts">{body}</table></div>' if body else ""


def robots(data: RunData) -> str:
    """Episodes and speed of each robot; empty if there is only one."""
    names = sorted({line["robot"] for line in data.episodes})
    if len(names) < 2:
        return ""
    heads = ("training episodes", "evaluation episodes", "control steps", "steps per second")
    head = "<th>robot</th>" + "".join(f'<th class="number">{title}</th>' for title in heads)
    rows = "".join(f"<tr><td>{escape(name)}</td>{_robot(data, name)}</tr>" for name in names)
    return f'<div class="card scroll"><table><tr>{head}</tr>{rows}</table></div>'


def shares(data: RunData) -> str | None:
    """Working time by kind of work: the time between two lines of the metrics counts for the second line's kind."""
    lines = sorted((*data.episodes, *data.gradients), key=lambda line: line["wall_s"])
    spent = dict.fromkeys(("gradient steps", "training episodes", "evaluation episodes"), 0.0)
    for before, line in pairwise(({"wall_s": 0.0}, *lines)):
        kind = "gradient steps" if line["kind"] == "gradient" else f"{PURPOSES[line['purpose']]} episodes"
        spent[kind] += line["wall_s"] - before["wall_s"]
    total = sum(spent.values())
    if not total:
        return None
    rows = "".join(
        f'<p>{name}<b>{duration(seconds)}</b></p><div class="track"><i style="width:{seconds / total:.1%}"></i></div>'
        for name, seconds in spent.items()
        if seconds
    )
    return f'<div class="shares">{rows}</div>'


def settings(data: RunData) -> str:
    """Every setting of the run, folded."""
    if not data.settings:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(key)}</code></td><td><code>{escape(value)}</code></td></tr>"
        for key, value in data.settings
    )
    return (
        f"<details><summary>All {len(data.settings)} settings</summary>"
        f'<div class="card scroll"><table class="facts">{rows}</table></div></details>'
    )


def _evaluation(name: str, tally: Tally, versions: list[int] | None) -> str:
    low, high = success_interval(tally.successes, tally.episodes)
    rate = tally.successes / tally.episodes
    style = {STEERED_BASE: "main", FINAL: "final", BEST: "final"}.get(name, "")
    bar = f'<i style="width:{rate:.1%}"></i><u style="left:{low:.1%};width:{high - low:.1%}"></u>'
    title = escape(group_of(name).title) + _versions(versions)
    return (
        f'<tr class="{style}"><td>{title}</td><td class="bar"><div class="track">{bar}</div></td>'
        f'<td class="number"><b>{percent(rate)} %</b></td><td class="number">{tally.successes} / {tally.episodes}</td>'
        f'<td class="number interval">{percent(low)}–{percent(high)} %</td></tr>'
    )


def _versions(versions: list[int] | None) -> str:
    """Which parameters of the actor an evaluation was played with: one version, unless something went wrong."""
    if not versions:
        return ""
    low, high = versions
    steps = f"step {high:,}" if low == high else f"steps {low:,} to {high:,}"
    return f" <small>parameters of gradient {steps}</small>"


def _robot(data: RunData, name: str) -> str:
    lines = [line for line in data.episodes if line["robot"] == name]
    training = sum(line["purpose"] == "train" for line in lines)
    steps = sum(line["env_steps"] for line in lines)
    values = (training, len(lines) - training, steps, f"{steps_per_s(data, name):.0f}")
    return "".join(f'<td class="number">{value}</td>' for value in values)


def _exact(exact: bool | None, reasons: list[str]) -> str | None:
    if exact is None:
        return None
    if exact:
        return '<span class="mark good">yes</span>: the same machine and seed give the same bits'
    return f'<span class="mark bad">no</span>: {escape("; ".join(reasons) or "asynchronous, interrupted or restarted")}'


def _count(number: int | None) -> str | None:
    return None if number is None else f"{number}" if number else "none"


def _digest(value: str | None) -> str | None:
    return None if value is None else f"<code>{escape(value)}</code>"


def _event(line: dict[str, object]) -> str:
    what = str(line.get("what", ""))
    wall_s = line.get("wall_s")
    when = f" after {duration(wall_s)}" if isinstance(wall_s, int | float) else ""
    where = f"episode {line['episode']}" if "episode" in line else ""
    reason = ": ".join(escape(part) for part in (where, str(line.get("reason", ""))) if part)
    return f"<tr><td>{escape(EVENTS.get(what, what))}{when}</td><td>{reason}</td></tr>"
