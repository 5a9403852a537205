"""The parts of the page that are words and numbers, as HTML made from a snapshot. Whatever others sent is escaped."""

from collections.abc import Sequence
from html import escape

import numpy as np

from dsrl_core.view.snapshot import Branch, Curve, Robot, ViewSnapshot
from dsrl_core.view.values import Level
from dsrl_core.view.words import about, age, count, duration, percent

SILENT_S = 5.0  # without a message from the run, after which that is told
SHOWN = 12  # newest decisions in the table
GOOD_STATES, BAD_STATES = ("RUNNING", "WAITING"), ("HOLD", "FAULT")
TONES = {Level.OK: "good", Level.WARN: "warn", Level.ERROR: "bad", Level.STALE: "muted"}


def banner(snapshot: ViewSnapshot, note: str, report: bool) -> str:
    """How the run ended, or what people are to know first; empty if nothing.

    Args:
        snapshot: of the run.
        note: of the source.
        report: whether the run's report can be opened beside the page.
    """
    if snapshot.outcome is not None:
        end = snapshot.outcome
        link = " <a href='report' target='_blank'>Open the report</a>" if report else ""
        where = f"<p class='note'>{escape(end.report)}</p>" if end.report else ""
        head = "The run is complete." if end.complete else "The run has stopped."
        lines = "<br>".join(escape(line) for line in end.text.splitlines())
        return f"<div class='banner {'done' if end.complete else ''}'><b>{head}</b>{link}<p>{lines}</p>{where}</div>"
    if not note and snapshot.heard_s is not None and snapshot.heard_s > SILENT_S and not snapshot.phase.paused:
        note = f"nothing was heard of the run for {duration(snapshot.heard_s)}"
    return f"<div class='banner'>{escape(note[:1].upper() + note[1:])}</div>" if note else ""


def headline(snapshot: ViewSnapshot) -> str:
    """The run's name, its phase as a sentence, and how far it is."""
    phase, done = snapshot.phase, snapshot.outcome is not None and snapshot.outcome.complete
    chips = [chip for chip, on in (("paused", phase.paused), ("ends after this episode", phase.ending)) if on]
    marks = "".join(f"<span class='chip warn'>{chip}</span>" for chip in chips)
    waits = f"waits for {escape(phase.waiting_for)}" if phase.waiting_for and snapshot.outcome is None else "&nbsp;"
    share = 1.0 if done else min(1.0, phase.episode / phase.episodes) if phase.episodes else 0.0
    of = f" of {phase.episodes}" if phase.episodes else ""
    where = f" episode {phase.episode}{of}" if phase.group and not done else ""
    left = f"about {about(snapshot.time_left_s)} left" if snapshot.time_left_s is not None else ""
    return (
        f"<header><p>live view</p><h1>{escape(snapshot.run_id)}{marks}</h1>"
        f"<div class='phase'><span><b>{'Done' if done else escape(phase.title)}</b>{where}</span>"
        f"<span class='left'>{left}</span></div>"
        f"<div class='track'><i style='width:{100 * share:.1f}%'></i></div><p class='note'>{waits}</p></header>"
    )


def tiles(snapshot: ViewSnapshot) -> str:
    """The learner's numbers."""
    have, train = snapshot.buffers, next((curve for curve in snapshot.curves if curve.group == "train"), None)
    recent = train.running[-1] if train is not None and train.running else None
    rows = [
        (percent(recent), "of the last 20 in training"),
        (count(have.transitions), "transitions"),
        (count(have.gradient_steps), "gradient steps"),
        (f"{have.steps_per_s:.0f} /s" if have.steps_per_s else "–", "gradient steps per second"),
        (count(have.gradient_steps_due), "gradient steps due"),
        (about(snapshot.time_left_s), "left, by the pace so far"),
    ]
    return (
        f"<div class='tiles'>{''.join(f'<div><b>{value}</b><span>{what}</span></div>' for value, what in rows)}</div>"
    )


def groups(curves: Sequence[Curve]) -> str:
    """Success per group of the schedule, as bars."""
    if not curves:
        return "<p class='note'>No episode has been settled yet.</p>"
    rows = []
    for curve in curves:
        kind = {"steered": "final", "selection": "final", "training": "final"}.get(curve.kind, "")
        kind = "main" if curve.group == "base_repeated" else kind
        total = f" / {curve.size}" if curve.size else ""
        width = 100 * (curve.success or 0.0)
        rows.append(
            f"<tr class='{kind}'><td>{escape(curve.title)}</td>"
            f"<td class='bar'><div class='track'><i style='width:{width:.1f}%'></i></div></td>"
            f"<td class='number'><b>{percent(curve.success)}</b></td>"
            f"<td class='number'>{curve.first + len(curve.successes) - 1}{total}</td></tr>"
        )
    return f"<table>{''.join(rows)}</table>"


def robot(robot: Robot) -> str:
    """The state of one robot's executor, why, and what it waits for."""
    executor = robot.executor
    if executor is None:
        return "<p class='note'>Nothing was heard of its executor yet.</p>"
    tone = "good" if executor.state in GOOD_STATES else "bad" if executor.state in BAD_STATES else ""
    takeover = "<span class='chip warn'>a person acts</span>" if executor.takeover else ""
    lines = [f"waits for {executor.waits_for}"] if executor.waits_for else []
    lines += [executor.reason] if executor.reason else []
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    counts = (
        f"episode {executor.episode} · {count(executor.actions)} actions · {executor.holds} holds · "
        f"{executor.faults} faults · {count(executor.clipped)} clipped"
    )
    return (
        f"<p><span class='chip {tone}'>{escape(executor.state)}</span>{takeover}</p>{said}<p class='note'>{counts}</p>"
    )


def hop_line(snapshot: ViewSnapshot) -> str:
    """Median and 99th percentile of a decision's time."""
    if not snapshot.decisions:
        return "No decision was heard yet."
    times = np.array([value.total_ms for value in snapshot.decisions])
    p50, p99 = np.percentile(times, (50, 99))
    return f"median {p50:.1f} ms, 99 % within {p99:.1f} ms, of {len(times)} decisions"


def decisions(snapshot: ViewSnapshot) -> str:
    """The newest decisions, newest first."""
    heads = ("robot", "episode", "decision", "noise", "rms", "Q", "version", "reward", "ms")
    rows = []
    for value in reversed(snapshot.decisions[-SHOWN:]):
        q = "–" if value.q is None else f"{value.q:.2f}"
        version, reward, time = count(value.params_version), f"{value.last_reward:g}", f"{value.total_ms:.1f}"
        numbers = (f"{value.noise_norm:.2f}", q, version, reward, time)
        cells = "".join(f"<td class='number'>{cell}</td>" for cell in numbers)
        rows.append(
            f"<tr><td>{escape(value.robot)}</td><td class='number'>{value.episode}</td>"
            f"<td class='number'>{value.decision}</td><td>{escape(value.source.replace('_', ' '))}</td>{cells}</tr>"
        )
    words = {"robot", "noise"}
    head = "".join(f"<th class='{'' if name in words else 'number'}'>{name}</th>" for name in heads)
    return f"<div class='scroll'><table><tr>{head}</tr>{''.join(rows)}</table></div>" if rows else hop_line(snapshot)


def diagnostics(branches: Sequence[Branch]) -> str:
    """The tree of statuses, a table for each branch."""
    if not branches:
        return "<p class='note'>No status was heard yet.</p>"
    return "".join(_branch(branch) for branch in branches)


def _branch(branch: Branch) -> str:
    rows = "".join(
        f"<tr><td><span class='dot {TONES[status.value.level]}'></span></td>"
        f"<td>{escape(_short(status.value.name, branch.name))}</td>"
        f"<td>{escape(status.value.message)}</td>"
        f"<td class='number note'>{age(status.age_s)}</td></tr>"
        for status in branch.statuses
    )
    return f"<h3><span class='dot {TONES[branch.level]}'></span>{escape(branch.name)}</h3><table>{rows}</table>"


def _short(name: str, branch: str) -> str:
    return name.strip("/").removeprefix(branch).lstrip("/: ") or name


def said(snapshot: ViewSnapshot) -> str:
    """What the operators have said, newest first."""
    rows = [
        f"<tr><td>{escape(value.robot)}</td><td>{escape(value.kind.replace('_', ' ').lower())}</td>"
        f"<td class='note'>episode {value.episode}, by {escape(value.source)}</td></tr>"
        for value in reversed(snapshot.said[-6:])
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""
