"""Figures as inline SVG, with the page's font and the colours of its light or dark theme."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from threading import RLock
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dsrl_core.report.style import THEME

# Placeholder colours that figures are drawn with; in the SVG each is replaced by a variable of the theme.
INK, MUTED, GRID, SURFACE = "#010101", "#020202", "#030303", "#040404"
STEERED, BASE, OTHER, FAINT = "#050505", "#060606", "#070707", "#080808"
VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    SURFACE: "surface",
    STEERED: "steered",
    BASE: "base",
    OTHER: "other",
    FAINT: "faint",
}
STYLE_LOCK = RLock()  # matplotlib's parameters are global, and pictures are also made for sinks in their threads


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a figure."""

    ink: str
    muted: str
    grid: str
    steered: str
    other: str


PAGE = Palette(INK, MUTED, GRID, STEERED, OTHER)
PAPER = Palette("#1d1f23", "#6c7078", "#e4e4df", "#1565c0", "#8a7f72")  # the page's light theme, for pictures elsewhere


@contextmanager
def quiet_style(name: str, palette: Palette = PAGE) -> Iterator[None]:
    """Thin axes, text kept as text, and identifiers that no other figure of the page shares."""
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.size": 9,
        "text.color": palette.ink,
        "axes.edgecolor": palette.grid,
        "axes.labelcolor": palette.muted,
        "axes.labelsize": 9,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": palette.grid,
        "grid.linewidth": 0.8,
        "xtick.color": palette.grid,
        "xtick.labelcolor": palette.muted,
        "ytick.color": palette.grid,
        "ytick.labelcolor": palette.muted,
        "ytick.left": False,
        "xtick.major.size": 3,
        "lines.linewidth": 1.8,
        "lines.solid_capstyle": "round",
        "axes.xmargin": 0.01,
    }
    with STYLE_LOCK, mpl.rc_context(style):
        yield


def axes(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes, transparent."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    figure.patch.set_alpha(0)
    made = figure.add_subplot()
    made.patch.set_alpha(0)
    return figure, made


def to_svg(figure: Figure, label: str) -> str:
    """The figure as an `<svg>` element that scales with its container; `label` is for screen readers."""
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:xmlns(?::xlink)?|version)="[^"]*"', "", text)
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"', "<svg", text, count=1)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    text = re.sub(r"font-family: [^;\"]*;?", "", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)


def alone(svg: str) -> str:
    """A figure of the page as a file of its own, with the page's theme."""
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    style = f"<style>{THEME} svg {{ background: var(--surface); font-family: system-ui, sans-serif; }}</style>"
    opening, rest = svg.split(">", 1)
    return f"{opening.replace('<svg', f'<svg {names}', 1)}>{style}{rest}"
