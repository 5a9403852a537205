"""Puts the report together as one HTML text."""

from html import escape
from pathlib import Path

from dsrl_core.algorithms.base import Panel
from dsrl_core.config.address import is_address
from dsrl_core.report.arm import arm
from dsrl_core.report.counterfactual import counterfactual
from dsrl_core.report.curves import (
    episode_length,
    learner_panel,
    other_panels,
    progress,
    speed,
    success_curve,
)
from dsrl_core.report.data import RunData
from dsrl_core.report.films import films
from dsrl_core.report.headline import headline, tiles
from dsrl_core.report.labelled import labelled
from dsrl_core.report.operator import operator
from dsrl_core.report.pictures import pictures
from dsrl_core.report.preflight import preflight
from dsrl_core.report.replayed import replayed
from dsrl_core.report.style import CSS
from dsrl_core.report.tables import evaluations, reliability, robots, settings, shares
from dsrl_core.schedule.groups import Kind, group_of, shows_actor


def page(data: RunData) -> str:
    """The whole report; sections without data are left out."""
    sections = [
        _header(data),
        _banner(data),
        replayed(data),
        _looks(data),
        _said(data),
        _hero(data),
        tiles(data),
        _section("Arm", arm(data)),
        _section("Operator", operator(data)),
        _section("Evaluation", evaluations(data)),
        _section("Pre-flight", preflight(data.preflight)),
        _section("Pre-flight on the arm", labelled(data.labelled)),
        _section("Episodes", films(data)),
        _section("Value along the episodes", pictures(data)),
        _section("Noise that was not played", counterfactual(data.counterfactual)),
        _section("Learning", _learning(data)),
        _section("Time", _time(data)),
        _section("Robots", robots(data)),
        _section("How the run went", reliability(data)),
        settings(data),
    ]
    body = "\n".join(part for part in sections if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(_title(data))} · dsrl_ros</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}\n"
        "<footer>dsrl_ros: reinforcement learning over the noise of a pretrained policy; its weights stay as they are."
        "</footer>\n</main>\n</body>\n</html>\n"
    )


def _title(data: RunData) -> str:
    platform = data.setting("platform.name")
    if not platform and data.counterfactual is not None:
        return f"Critics of {Path(data.counterfactual.recording).name}"
    return f"{platform}, seed {data.setting('seed')}" if platform else data.name


def _header(data: RunData) -> str:
    preset = data.setting("preset.name")
    parts = [data.setting("run_id", data.name), f"preset {preset}" if preset else "", data.setting("preset.mode")]
    line = " · ".join(escape(part) for part in parts if part)
    return f"<header><p>{line}</p><h1>{escape(_title(data))}</h1></header>"


def _banner(data: RunData) -> str:
    if data.summary is not None and data.summary.get("complete", True):
        return ""
    if not data.episodes and data.counterfactual is not None:
        return f'<p class="banner">Nothing was played or learned here: see {escape(data.counterfactual.recording)}.</p>'
    if not data.episodes:
        return '<p class="banner">No episode has been settled in this run yet.</p>'
    return '<p class="banner">This run was stopped before its schedule ended: the report shows what there is.</p>'


def _looks(data: RunData) -> str:
    """A notice if the scene does not look like the published task."""
    parts = []
    if data.setting("platform.robot_end.stand_in_assets") == "True":
        parts.append("Some meshes or textures are stand-ins: no figure here is one of the published benchmark.")
    if data.setting("platform.robot_end.options.fast_render") == "true":
        parts.append("Rendered without shadows and multisampling (fast_render).")
    return f'<p class="banner">{" ".join(parts)}</p>' if parts else ""


def _said(data: RunData) -> str:
    """The instruction that the policy was given."""
    prompt = data.setting("platform.policy.prompt")
    if prompt:
        return f'<p class="note">Instruction to the policy: “{escape(prompt)}”</p>'
    if is_address(data.setting("platform.policy.endpoint")):
        return '<p class="note">No instruction was sent to the policy: its server’s own holds, if it has one.</p>'
    return ""


def _hero(data: RunData) -> str:
    if all(group_of(name).kind is Kind.TRIAL for name in data.groups):
        return ""
    wide = f'<div class="figure wide">{success_curve(data, 10.2, 3.9)}</div>'
    narrow = f'<div class="figure narrow">{success_curve(data, 4.7, 3.9)}</div>'
    return f'<section class="card hero">{headline(data)}{wide}{narrow}<p class="note">{_legend(data)}</p></section>'


def _legend(data: RunData) -> str:
    parts = ["Line: success of the last 20 training episodes, which explore."]
    if any(shows_actor(name) for name in data.groups):
        parts.append("Dots: evaluations of the deterministic actor with their 95 % intervals.")
    if any(group_of(name).kind is Kind.BASE for name in data.groups):
        parts.append("Horizontal: the base policy under untrained noise.")
    return " ".join(parts)


def _learning(data: RunData) -> str:
    shown = "".join(_card(panel, learner_panel(data, panel)) for panel in data.panels)
    length = _card(Panel("Episode length", "decisions per training episode", ()), episode_length(data))
    more = "".join(_card(panel, learner_panel(data, panel)) for panel in other_panels(data))
    extra = f'<details><summary>More of the learner’s numbers</summary><div class="grid">{more}</div></details>'
    body = shown + length
    return (f'<div class="grid">{body}</div>' if body else "") + (extra if more else "")


def _time(data: RunData) -> str:
    first = _card(Panel("Episodes", "settled so far", ()), progress(data))
    second = _card(Panel("Learner", "gradient steps per second", ()), speed(data))
    third = _card(Panel("Where the time went", "between one line of the metrics and the next", ()), shares(data))
    return f'<div class="grid">{first}{second}{third}</div>' if first or second else ""


def _card(panel: Panel, content: str | None) -> str:
    if content is None:
        return ""
    note = f'<p class="note">{escape(panel.note)}</p>'
    return f'<div class="card"><h3>{escape(panel.title)}</h3>{note}{content}</div>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""
