"""Figures of a counterfactual: value along an episode, maps of the noise, and value against return."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dsrl_core.learner.counterfactual.result import Along, Calibration, Compared, Map
from dsrl_core.report.svg import BASE, FAINT, GRID, INK, MUTED, OTHER, STEERED, SURFACE, axes, quiet_style, to_svg

WIDTH, LEFT, RIGHT = 4.6, 0.5, 0.1  # inches: a figure, and its margins
VALUE, SPREAD, GAP, BOTTOM, TOP = 1.6, 0.5, 0.3, 0.42, 0.22  # inches: heights of the plots, between them, and margins
PER_ROW = 4  # maps
LEVELS = 6  # shades of a map
F64 = NDArray[np.float64]


def along_figure(along: Along) -> str:
    """Value of the noise played, of the actor's, of zero and of the prior; below it how far the critics disagree."""
    height = TOP + VALUE + GAP + SPREAD + BOTTOM
    with quiet_style(f"counterfactual-{along.robot}-{along.group}-{along.episode}"):
        figure = Figure(figsize=(WIDTH, height))
        figure.patch.set_alpha(0)
        _value(_place(figure, BOTTOM + SPREAD + GAP, VALUE, height), along)
        _spread(_place(figure, BOTTOM, SPREAD, height), along)
        return to_svg(figure, f"Value of noise that was and was not played in episode {along.episode}")


def maps_figure(along: Along) -> str:
    """A map per chosen decision, in shades that are the same for all of the episode."""
    every = np.array([m.values for m in along.maps])
    levels = np.linspace(every.min(), max(every.max(), every.min() + 1e-6), LEVELS + 1)
    side = (WIDTH - 0.3) / PER_ROW
    with quiet_style(f"maps-{along.robot}-{along.group}-{along.episode}"):
        figure = Figure(figsize=(WIDTH, side + 0.42))
        figure.patch.set_alpha(0)
        for place, each in enumerate(along.maps):
            left, bottom = (0.26 + place * side) / WIDTH, 0.24 / (side + 0.42)
            ax = figure.add_axes((left, bottom, 0.88 * side / WIDTH, 0.88 * side / (side + 0.42)))
            ax.patch.set_alpha(0)
            _map(ax, each, levels, first=place == 0)
        return to_svg(figure, f"Value of every noise at decisions of episode {along.episode}")


def gains_figure(compared: Sequence[Compared]) -> str:
    """By how much the actor's noise is rated above what was played: a row per kind of noise."""
    with quiet_style("gains"):
        figure, ax = axes(4.2, 3.2)
        for row, each in enumerate(compared):
            low, below, median, above, high = each.gains
            ax.plot([low, high], [row, row], color=FAINT, linewidth=5)
            ax.plot([below, above], [row, row], color=STEERED, linewidth=8, solid_capstyle="butt")
            ax.plot(median, row, "|", color=SURFACE, markersize=8, markeredgewidth=2)
            ax.annotate(each.title, (low, row), (0, 7), textcoords="offset points", color=MUTED, fontsize=8.5)
        ax.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        ax.set_ylim(len(compared) - 0.5, -0.9)
        ax.set_yticks([])
        ax.set_xlabel("Q of the actor's noise less Q of the noise played")
        return to_svg(figure, "By how much the actor's noise is rated above the noise played")


def calibration_figure(calibration: Calibration) -> str:
    """A dot per decision, and the line on which value and return are equal."""
    with quiet_style("calibration"):
        figure, ax = axes(4.2, 3.2)
        for success, colour, name in ((True, STEERED, "success"), (False, BASE, "failure")):
            for cut in (False, True):
                points = [p for p in calibration.points if (p.success, p.cut) == (success, cut)]
                face = "none" if cut else colour
                x, y = [point.value for point in points], [point.returned for point in points]
                ax.plot(x, y, "o", color=colour, markerfacecolor=face, markersize=4, alpha=0.5, markeredgewidth=0.8)
            ax.plot([], [], "o", color=colour, markersize=4, label=name)
        both = [number for point in calibration.points for number in (point.value, point.returned)]
        ax.plot([min(both), max(both)], [min(both), max(both)], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        ax.set_xlabel("Q of the noise that was played")
        ax.set_ylabel("discounted return that followed")
        ax.legend(frameon=False, labelcolor=MUTED, fontsize=9, loc="best", handletextpad=0.2)
        return to_svg(figure, "Value against the return that followed")


def _place(figure: Figure, bottom: float, tall: float, height: float) -> Axes:
    made = figure.add_axes((LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, tall / height))
    made.patch.set_alpha(0)
    made.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    return made


def _value(ax: Axes, along: Along) -> None:
    low, below, median, above, high = np.array(along.prior)
    at = np.arange(len(median), dtype=float)
    if len(at) == 1:  # a band needs two places
        low, below, median, above, high = (np.repeat(values, 2) for values in (low, below, median, above, high))
        at = np.array([-0.25, 0.25])
    ax.fill_between(at, low, high, color=BASE, alpha=0.14, linewidth=0)
    ax.fill_between(at, below, above, color=BASE, alpha=0.22, linewidth=0)
    ax.plot(at, median, color=BASE, linewidth=1)
    _line(ax, along.zero.mean, OTHER, linewidth=1, linestyle=(0, (3, 2)), marker="")
    _line(ax, along.actor.mean, STEERED)
    _line(ax, along.played.mean, INK, linewidth=1.2)
    ax.set_xticklabels([])
    _name(ax, "Q, mean of the critics")


def _spread(ax: Axes, along: Along) -> None:
    _line(ax, along.actor.spread, STEERED, linewidth=1.4, markersize=2.5)
    _line(ax, along.played.spread, INK, linewidth=1, markersize=2.5)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("decisions")
    ax.yaxis.set_major_locator(MaxNLocator(2))
    _name(ax, "their standard deviation")


def _line(ax: Axes, values: tuple[float, ...], colour: str, **style: Any) -> None:
    look: dict[str, Any] = {"marker": "o", "markersize": 3.5, **style}
    if len(values) == 1 and not look["marker"]:
        look["marker"] = "_"
    ax.plot(range(len(values)), values, color=colour, **look)


def _map(ax: Axes, each: Map, levels: F64, first: bool) -> None:
    line = np.linspace(-each.half, each.half, len(each.values))
    for shade, (low, high) in enumerate(pairwise(levels)):
        ax.contourf(line, line, each.values, levels=[low, high + 1e-9], colors=[STEERED], alpha=0.04 + 0.14 * shade)
    ring: dict[str, Any] = {"color": SURFACE, "markeredgecolor": STEERED, "markersize": 6.5, "markeredgewidth": 1.6}
    ax.plot(*each.actor, "o", clip_on=False, **ring)
    ax.plot(*each.played, "X", color=INK, markeredgecolor=SURFACE, markersize=7, markeredgewidth=0.8, clip_on=False)
    ax.plot(0, 0, "+", color=OTHER, markersize=6, markeredgewidth=1.2)
    ax.set(xlim=(-each.half, each.half), ylim=(-each.half, each.half))
    ends = [-round(each.half, 1), 0, round(each.half, 1)]
    ax.set_xticks(ends if first else [])
    ax.set_yticks(ends if first else [])
    ax.tick_params(labelsize=7.5, pad=2)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set(visible=True, color=GRID)
    ax.set_title(f"decision {each.decision}", fontsize=8, color=MUTED, pad=3)


def _name(ax: Axes, text: str) -> None:
    ax.set_title(text, loc="left", fontsize=8.5, color=MUTED, pad=3)
