"""Axes of a small chart: which numbers stand beside it, and from where to where it reaches. No Qt."""

import math
from collections.abc import Iterable, Sequence

Point = tuple[float, float]
STEPS = (1.0, 2.0, 5.0, 10.0)  # distances between ticks, times a power of ten


def bounds(values: Iterable[float], low: float | None = None, high: float | None = None) -> tuple[float, float]:
    """From where to where an axis reaches that shows all `values`; NaN and infinity do not count.

    Args:
        values: what is shown.
        low, high: ends of the axis that are given; None: from the values.
    Returns:
        Two different numbers, the lower one first, with a twentieth to spare at each end that is not given.
    """
    finite = [value for value in values if math.isfinite(value)]
    least = low if low is not None else min(finite, default=0.0)
    most = high if high is not None else max(finite, default=1.0)
    if most <= least and high is None:
        most = least + 1.0
    elif most <= least:
        least = most - 1.0
    spare = (most - least) / 20
    return (least if low is not None else least - spare), (most if high is not None else most + spare)


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """At most `most` round numbers between `low` and `high`, evenly spaced; `low` is below `high`."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (factor * power for factor in (*STEPS, 20.0)) if step >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def in_words(value: float) -> str:
    """A number beside an axis or a chart, with three figures at most where it is not a count."""
    if not math.isfinite(value):
        return "-"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}"
    return f"{value:.3g}"


def pieces(points: Sequence[Point]) -> list[list[Point]]:
    """The points in runs without a gap: a point whose y is not finite parts the line."""
    found: list[list[Point]] = [[]]
    for x, y in points:
        if math.isfinite(y):
            found[-1].append((x, y))
        elif found[-1]:
            found.append([])
    return [piece for piece in found if piece]
