"""The charts of the page as options of ECharts, made from a snapshot. Colours are those of the page's theme."""

from collections.abc import Sequence
from typing import Any

from dsrl_core.run.progress_line import WINDOW
from dsrl_core.schedule.groups import FINAL, STEERED_BASE, Kind, selection_episodes
from dsrl_core.view.snapshot import Curve, ViewSnapshot
from dsrl_core.view.words import percent

INK, MUTED, GRID = "var(--ink)", "var(--muted)", "var(--grid)"
STEERED, BASE, OTHER, FAINT = "var(--steered)", "var(--base)", "var(--other)", "var(--faint)"
HOPS = (("observe", FAINT), ("actor", STEERED), ("policy", BASE))  # times of a decision that add up
SHOWN = 100  # decisions in a chart
Options = dict[str, Any]


def success(snapshot: ViewSnapshot) -> Options:
    """Running success over training episodes, each episode's outcome, evaluations as points and the base as a line."""
    curves = {curve.group: curve for curve in snapshot.curves}
    train = curves.get("train")
    end = 1 if train is None else max(1, train.size, train.first + len(train.successes) - 1)
    options = _frame(_axis("training episodes", min=0, max=end, minInterval=1), _axis("", min=0, max=1, interval=0.25))
    options["yAxis"]["axisLabel"]["formatter"] = _Function("value => Math.round(100 * value) + ' %'")
    options["series"] = [*_training(train), _evaluations(list(curves.values()), end), *_bases(snapshot.curves)]
    options["grid"]["right"] = 92
    return options


def values(snapshot: ViewSnapshot) -> Options:
    """Q and the noise's size of the newest decisions."""
    shown = snapshot.decisions[-SHOWN:]
    options = _frame(_axis("decisions ago", min=1 - SHOWN, max=0), _axis("Q", scale=True))
    options["xAxis"]["axisLabel"]["formatter"] = _Function("value => Math.round(value) ? -Math.round(value) : 'now'")
    noise = _axis("noise, rms", min=0)
    noise["position"], noise["splitLine"]["show"] = "right", False
    options["yAxis"] = [options["yAxis"], noise]
    options["grid"]["right"] = 44
    q = [(_back(shown, index), value.q) for index, value in enumerate(shown) if value.q is not None]
    sizes = [(_back(shown, index), value.noise_norm) for index, value in enumerate(shown)]
    options["series"] = [_line("Q", q, STEERED), _line("noise", sizes, OTHER, axis=1)]
    return options


def hops(snapshot: ViewSnapshot) -> Options:
    """What each of the newest decisions took, from the first stream to the chunk, in parts."""
    shown = snapshot.decisions[-SHOWN:]
    options = _frame(_axis("decisions ago", min=0.5 - SHOWN, max=0.5), _axis("ms", min=0))
    options["xAxis"]["axisLabel"]["formatter"] = _Function("value => Math.round(value) ? -Math.round(value) : 'now'")
    options["series"] = [
        {
            "type": "bar",
            "name": name,
            "stack": "hops",
            "barWidth": "70%",
            "itemStyle": {"color": colour},
            "silent": True,
            "data": [
                (_back(shown, index), round(getattr(value, f"{name}_ms"), 3)) for index, value in enumerate(shown)
            ],
        }
        for name, colour in HOPS
    ]
    return options


class _Function(str):
    """JavaScript in an option."""


def script(options: Any) -> Any:
    """The options as the chart takes them: a function's key begins with a colon there."""
    if isinstance(options, dict):
        return {f":{key}" if isinstance(item, _Function) else key: script(item) for key, item in options.items()}
    return [script(item) for item in options] if isinstance(options, list) else options


def _back(shown: tuple[Any, ...], index: int) -> int:
    return index - len(shown) + 1


def _frame(x: Options, y: Options) -> Options:
    return {
        "animation": False,
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 46, "right": 16, "top": 26, "bottom": 40},
        "xAxis": x,
        "yAxis": y,
    }


def _axis(name: str, **more: Any) -> Options:
    return {
        "type": "value",
        "name": name,
        "nameLocation": "middle" if "ago" in name or "episodes" in name else "end",
        "nameGap": 26 if "ago" in name or "episodes" in name else 10,
        "nameTextStyle": {"color": MUTED, "fontSize": 12},
        "axisLabel": {"color": MUTED, "fontSize": 12, "hideOverlap": True},
        "axisLine": {"onZero": False, "lineStyle": {"color": GRID}},
        "axisTick": {"show": False},
        "splitLine": {"show": "ago" not in name and "episodes" not in name, "lineStyle": {"color": GRID}},
        **more,
    }


def _line(name: str, data: Sequence[tuple[float, float]], colour: str, axis: int = 0) -> Options:
    return {
        "type": "line",
        "name": name,
        "yAxisIndex": axis,
        "showSymbol": False,
        "silent": True,
        "lineStyle": {"color": colour, "width": 2},
        "itemStyle": {"color": colour},
        "data": [(x, round(y, 4)) for x, y in data],
    }


def _training(train: Curve | None) -> list[Options]:
    """The running success from half a window on, as a mean of fewer says nothing; below it each episode's outcome."""
    if train is None or not train.successes:
        return []
    numbers = range(train.first, train.first + len(train.successes))
    first = min(WINDOW // 2, len(train.running)) - 1
    running = list(zip(numbers, train.running, strict=True))[max(0, first) :]
    dots = [
        {"value": (number, float(won)), "itemStyle": {"color": "var(--good)" if won else "var(--bad)"}}
        for number, won in zip(numbers, train.successes, strict=True)
    ]
    outcomes = {"type": "scatter", "name": "episodes", "symbolSize": 5, "silent": True, "data": dots}
    outcomes["itemStyle"] = {"opacity": 0.55}
    return [outcomes, {**_line("training", running, STEERED), "lineStyle": {"color": STEERED, "width": 2.5}, "z": 4}]


def _evaluations(curves: list[Curve], end: int) -> Options:
    """A point per evaluation of the actor, with its success in words."""
    points = []
    for curve in curves:
        if curve.kind == Kind.SELECTION:
            points.append((selection_episodes(curve.group) or 0, curve.success or 0.0, ""))
        elif curve.group == FINAL:
            points.append((end, curve.success or 0.0, f"final {percent(curve.success)}"))
    data = [{"value": (x, y), "label": {"show": bool(text), "formatter": text}} for x, y, text in points]
    label = {"position": "right", "color": INK, "fontSize": 12}
    return {
        "type": "scatter",
        "name": "evaluation",
        "symbolSize": 9,
        "silent": True,
        "itemStyle": {"color": INK},
        "label": label,
        "data": data,
        "z": 5,
    }


def _bases(curves: tuple[Curve, ...]) -> list[Options]:
    """The base's success under each untrained noise as a line across; that of the actor's shape stands out."""
    found = []
    for curve in (curve for curve in curves if curve.kind == Kind.BASE and curve.success is not None):
        main = curve.group == STEERED_BASE
        colour, text = (BASE if main else OTHER), f"base {percent(curve.success)}" if main else ""
        style = {"color": colour, "type": "solid" if main else "dashed", "width": 1.6 if main else 1}
        label = {"formatter": text, "color": colour, "fontSize": 12, "show": main}
        line = {"yAxis": curve.success, "label": label, "lineStyle": style}
        mark = {"symbol": "none", "silent": True, "data": [line], "animation": False}
        found.append({"type": "line", "name": curve.title, "data": [], "markLine": mark, "silent": True})
    return found
