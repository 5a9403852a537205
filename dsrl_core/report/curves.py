"""The figures of the report: the success curve, and small ones for the learner's metrics."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from dsrl_core.algorithms.base import Panel
from dsrl_core.report.data import RunData
from dsrl_core.report.svg import BASE, FAINT, GRID, INK, MUTED, OTHER, STEERED, SURFACE, axes, quiet_style, to_svg
from dsrl_core.run.metrics import Line
from dsrl_core.schedule.groups import FINAL, STEERED_BASE, Kind, group_of, selection_episodes, shows_actor
from dsrl_core.schedule.tally import success_interval

ROLL = 20  # training episodes in the running success
SMALL = (4.0, 2.15)  # inches
POINTS = 160  # of a curve; neighbours are averaged if there are more
F64 = NDArray[np.float64]
Label = tuple[float, str, str]  # height, text, colour


def success_curve(data: RunData, width_in: float, height_in: float) -> str:
    """Training success, evaluations, and the base with its baselines as lines."""
    with quiet_style(f"success-{width_in}"):
        figure, ax = axes(width_in, height_in)
        train = data.train
        end = max(len(train), 1)
        _warm_up(ax, train)
        labels = _levels(ax, data) + _evaluations(ax, data, end)
        if train:
            rate = rolling(np.array([line["success"] for line in train], float), ROLL)
            first = min(ROLL // 2, len(rate) - 1)  # a mean of fewer says nothing
            ax.plot(np.arange(first + 1, len(rate) + 1), rate[first:], color=STEERED, linewidth=2.2, zorder=4)
        _label(ax, labels, end * 1.012)
        ax.set_xlim(0, end * 1.012)
        ax.set_ylim(0, 1.04)
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        ax.xaxis.set_major_locator(MaxNLocator(8 if width_in > 6 else 5, integer=True))
        ax.set_xlabel("training episodes")
        return to_svg(figure, "Success over training episodes")


def learner_panel(data: RunData, panel: Panel) -> str | None:
    """A panel over gradient steps; None if the run has none of its metrics."""
    found = [(key, *_series(data.gradients, key)) for key in panel.keys]
    labels = dict(zip(panel.keys, panel.labels, strict=False))
    shown = [(key, x, y) for key, x, y in found if len(y)]
    if not shown:
        return None
    with quiet_style(f"panel-{panel.title}"):
        figure, ax = axes(*SMALL)
        for (key, x, y), colour in zip(shown, (STEERED, OTHER), strict=False):
            _curve(ax, x, y, colour)
            if len(shown) > 1:
                ax.plot([], [], color=colour, label=labels.get(key, key))
        if len(shown) > 1:
            ax.legend(frameon=False, labelcolor=MUTED, fontsize=9, ncols=2, loc="best")
        if panel.log and all((y > 0).all() for _, _, y in shown):
            _log_axis(ax)
        _steps_axis(ax)
        return to_svg(figure, f"{panel.title} over gradient steps")


def other_panels(data: RunData) -> list[Panel]:
    """Panels for the metrics that no panel of the algorithm shows."""
    known = {
        "kind",
        "wall_s",
        "gradient_step",
        "after_episode",
        "steps_per_s",
        *(k for p in data.panels for k in p.keys),
    }
    names = sorted({key for line in data.gradients for key in line} - known)
    return [Panel(name.replace("_", " ").capitalize(), "", (name,)) for name in names]


def episode_length(data: RunData) -> str | None:
    """Decisions of each training episode, and their running mean."""
    lengths = np.array([line["decisions"] for line in data.train], float)
    if not len(lengths):
        return None
    with quiet_style("length"):
        figure, ax = axes(*SMALL)
        x = np.arange(1, len(lengths) + 1)
        ax.plot(x, lengths, ".", color=FAINT, markersize=3.5)
        ax.plot(x, rolling(lengths, ROLL), color=STEERED)
        ax.set_ylim(bottom=0)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.set_xlabel("training episodes")
        return to_svg(figure, "Decisions per training episode")


def speed(data: RunData) -> str | None:
    """Gradient steps per second over the run's working time."""
    points = [(x["wall_s"] / 60, x["steps_per_s"]) for x in data.gradients if x.get("steps_per_s") is not None]
    if not points:
        return None
    with quiet_style("speed"):
        figure, ax = axes(*SMALL)
        x, y = np.array(points).T
        _curve(ax, x, y, STEERED)
        ax.set_ylim(bottom=0)
        ax.set_xlabel("minutes since the start")
        return to_svg(figure, "Gradient steps per second over time")


def progress(data: RunData) -> str | None:
    """Episodes over working time: training and evaluation."""
    if not data.episodes:
        return None
    with quiet_style("progress"):
        figure, ax = axes(*SMALL)
        kinds = (("training", STEERED, "train"), ("evaluation", OTHER, "eval"))
        for label, colour, purpose in kinds:
            minutes = [line["wall_s"] / 60 for line in data.episodes if line["purpose"] == purpose]
            if minutes:
                ax.step([minutes[0], *minutes], np.arange(len(minutes) + 1), color=colour, where="post", label=label)
        ax.legend(frameon=False, labelcolor=MUTED, fontsize=9, loc="upper left")
        ax.set_ylim(bottom=0)
        ax.set_xlabel("minutes since the start")
        return to_svg(figure, "Settled episodes over time")


def rolling(values: F64, window: int) -> F64:
    """Mean over the last `window` values, over fewer at the beginning."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - window)
    return (sums[ends] - sums[starts]) / (ends - starts)


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Positions near `values`, in their order, at least `gap` apart and not below 0: labels that do not overlap."""
    order = np.argsort(values, kind="stable")
    places = np.array(values, float)[order]
    for _ in range(100):
        for i in range(1, len(places)):
            missing = gap - (places[i] - places[i - 1])
            if missing > 1e-9:
                places[i - 1 : i + 1] += (-missing / 2, missing / 2)
        places = np.maximum(places, 0.0)
    result = np.empty(len(places))
    result[order] = places
    return result.tolist()


def _warm_up(ax: Axes, train: Sequence[Line]) -> None:
    prior = next((i for i, line in enumerate(train) if line["params_version"]), len(train))
    if 0 < prior < len(train):
        ax.axvspan(0, prior + 0.5, color=GRID, alpha=0.35, linewidth=0, zorder=0)
        room_in = prior / len(train) * ax.get_figure(root=True).get_figwidth()  # type: ignore[union-attr]
        text = "noise from the prior" if room_in > 2 else "prior"
        if any(line.get("operator_decisions") for line in train[:prior]):
            text = "an operator, the prior" if room_in > 2 else "operator"
        ax.annotate(text, (0, 0.935), (5, 0), "axes fraction", "offset points", color=MUTED, fontsize=8, va="top")


def _levels(ax: Axes, data: RunData) -> list[Label]:
    labels = []
    for name, tally in data.groups.items():
        group = group_of(name)
        if group.kind is Kind.BASE and tally.success is not None:
            main = name == STEERED_BASE
            colour, style = (BASE, "-") if main else (OTHER, (0, (4, 3)))
            ax.axhline(tally.success, color=colour, linewidth=1.6 if main else 1.0, linestyle=style, zorder=2)
            labels.append((tally.success, f"{group.label} {tally.success:.0%}", colour))
    return labels


def _evaluations(ax: Axes, data: RunData, end: int) -> list[Label]:
    labels = []
    for name, tally in data.groups.items():
        rate = tally.success
        if rate is None or not shows_actor(name):
            continue
        selected = selection_episodes(name)
        x = end if selected is None else selected
        ax.plot(
            [x, x], success_interval(tally.successes, tally.episodes), color=INK, linewidth=1.0, alpha=0.5, zorder=5
        )
        size, face = (7.0, INK) if name == FINAL else (4.5, SURFACE)
        ax.plot(x, rate, "o", color=INK, markersize=size, markerfacecolor=face, zorder=6, clip_on=False)
        if selected is None:
            labels.append((rate, f"{name} {rate:.0%}", INK))
    return labels


def _label(ax: Axes, labels: Sequence[Label], x: float) -> None:
    """Labels at the right edge, near the ends of their lines, without overlap."""
    heights = spread([height for height, _, _ in labels], 0.062)
    for (_, text, colour), height in zip(labels, heights, strict=True):
        ax.annotate(
            text, (x, height), (5, 0), textcoords="offset points", color=colour, va="center", annotation_clip=False
        )


def _series(lines: Sequence[Line], key: str) -> tuple[F64, F64]:
    points = [(line["gradient_step"], line[key]) for line in lines if line.get(key) is not None]
    return np.array([x for x, _ in points], float), np.array([y for _, y in points], float)


def _curve(ax: Axes, x: F64, y: F64, colour: str) -> None:
    """A line through averages of neighbouring points, and a band with most of the points behind it."""
    if len(x) <= POINTS:
        ax.plot(x, y, color=colour)
        return
    bins = np.array_split(np.arange(len(x)), POINTS)
    middle = [float(x[b].mean()) for b in bins]
    low, high = ([float(np.quantile(y[b], q)) for b in bins] for q in (0.1, 0.9))
    ax.fill_between(middle, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.plot(middle, [float(y[b].mean()) for b in bins], color=colour)


def _log_axis(ax: Axes) -> None:
    """Ticks at 1, 2 and 5 of each power, few where the range is wide."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 500 else (1,)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.minorticks_off()


def _steps_axis(ax: Axes) -> None:
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}k" if value >= 1000 else f"{value:g}")
    ax.set_xlabel("gradient steps")
