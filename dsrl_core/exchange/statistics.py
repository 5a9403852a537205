"""What LeRobot keeps of each feature to normalise by: extremes, mean, standard deviation, quantiles."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.types import F64, U8

QUANTILES = (0.01, 0.10, 0.50, 0.90, 0.99)
Stats = dict[str, Any]  # statistic -> list, nested [[[v]], ...] for the channels of pictures


def of_values(values: NDArray[Any]) -> Stats:
    """Statistics of values [n, size], exact."""
    numbers = np.asarray(values, np.float64)
    found = {"min": numbers.min(0), "max": numbers.max(0), "mean": numbers.mean(0), "std": numbers.std(0)}
    found |= {_name(q): np.quantile(numbers, q, axis=0) for q in QUANTILES}
    return {name: value.tolist() for name, value in found.items()} | {"count": [len(numbers)]}


def histogram(pictures: U8) -> NDArray[np.int64]:
    """How often each value appears in each channel, int64[3, 256], of pictures [n, h, w, 3]."""
    return np.stack([np.bincount(pictures[..., channel].ravel(), minlength=256) for channel in range(3)])


def of_histogram(counts: NDArray[np.int64], pictures: int) -> Stats:
    """Statistics of so many pictures by channel, values from 0 to 1, exact; nested as [3, 1, 1]."""
    levels, total = np.arange(256) / 255.0, counts.sum(axis=1)
    mean: F64 = counts @ levels / total
    variance = np.maximum(counts @ levels**2 / total - mean**2, 0.0)
    cumulative = counts.cumsum(axis=1)
    found = {name: _level(cumulative, total, q) for name, q in (("min", 0.0), ("max", 1.0))}
    found |= {"mean": mean, "std": np.sqrt(variance)} | {_name(q): _level(cumulative, total, q) for q in QUANTILES}
    return {name: value.reshape(3, 1, 1).tolist() for name, value in found.items()} | {"count": [pictures]}


def by_column(stats: Mapping[str, Stats]) -> dict[str, Any]:
    """As columns of the table of episodes: `stats/FEATURE/STATISTIC`."""
    return {f"stats/{key}/{name}": value for key, found in stats.items() for name, value in found.items()}


def _level(cumulative: NDArray[np.int64], total: NDArray[np.int64], q: float) -> F64:
    """The least value up to which there is a share `q` of each channel's pixels, and at least one."""
    wanted = np.maximum(np.ceil(q * total), 1)
    found: F64 = (cumulative < wanted[:, None]).sum(axis=1) / 255.0
    return found


def _name(q: float) -> str:
    return f"q{round(100 * q):02d}"
