"""Compares runs: those that differ in their seed alone are one arm. Every episode that a run has cost is counted."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.summary import read_summary
from dsrl_core.schedule.groups import FINAL
from dsrl_core.schedule.tally import success_interval

NOT_COMPARED = ("run_id", "seed", "log", "record", "platform.name", "preset.name")  # which make no other arm
COSTS = ("training", "of an operator", "selection", "search")  # episodes
HEAD = ("arm", *COSTS, "best untrained", "seeds", "mean", "worst", "95 %")
Settings = Mapping[str, Any]  # dotted key -> value


@dataclass(frozen=True, slots=True)
class Compared:
    """What one run came to."""

    platform: str
    settings: Settings
    seed: int
    successes: int  # of the final actor, deterministic
    evaluated: int
    cost: tuple[int, int, int, int]  # training episodes, of these the operator's; for a choice of checkpoint; a search
    best_untrained: float | None
    exact: bool

    @property
    def success(self) -> float:
        return self.successes / self.evaluated


@dataclass(frozen=True, slots=True)
class Arm:
    """Runs that differ in their seed alone, by seed."""

    label: str
    runs: tuple[Compared, ...]

    @property
    def mean(self) -> float:
        return sum(run.success for run in self.runs) / len(self.runs)

    @property
    def worst(self) -> float:
        return min(run.success for run in self.runs)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the success, all evaluation episodes of all seeds together."""
        return success_interval(sum(run.successes for run in self.runs), sum(run.evaluated for run in self.runs))


def read_compared(folder: Path) -> Compared:
    """Read a run.

    Raises:
        ConfigError: it is no run, it is not complete, or its final actor was not evaluated.
        StorageError: its summary cannot be read.
    """
    run = RunFolder(folder)
    summary = read_summary(run.summary) if run.config.exists() else None
    if summary is None:
        raise ConfigError(f"{folder} holds no complete run (no summary.json); let it end, or leave it out")
    final = summary["groups"].get(FINAL)
    if not final or not final["episodes"]:
        raise ConfigError(f"{folder}: its final actor was not evaluated (schedule.eval_episodes, or no training)")
    cost = [int(summary.get(f"{name}episodes", 0)) for name in ("", "operator_", "selection_", "search_")]
    untrained = [rate for rate in summary["baselines"].values() if rate is not None]
    return Compared(
        platform=summary["platform"],
        settings=dict(_flat(read_yaml(run.config))),
        seed=summary["seed"],
        successes=final["successes"],
        evaluated=final["episodes"],
        cost=(cost[0], cost[1], cost[2], cost[3]),
        best_untrained=max(untrained, default=None),
        exact=summary["exact"],
    )


def arms(runs: Sequence[Compared]) -> list[Arm]:
    """The arms in the order of their first runs. Each is named by the settings in which it differs from others."""
    grouped: dict[str, list[Compared]] = {}
    for run in runs:
        grouped.setdefault(json.dumps(run.settings, sort_keys=True, default=str), []).append(run)
    firsts = [found[0] for found in grouped.values()]
    return [Arm(_label(found[0], firsts), tuple(sorted(found, key=lambda run: run.seed))) for found in grouped.values()]


def table(compared: Iterable[Arm]) -> str:
    """A table in Markdown: one line per arm, with every seed, the mean, the worst and all that it has cost."""
    head = (
        "arm",
        "training",
        "of an operator",
        "selection",
        "search",
        "best untrained",
        "seeds",
        "mean",
        "worst",
        "95 %",
    )
    lines = [head, ("---",) * len(head), *(_row(arm) for arm in compared)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(arm: Arm) -> tuple[str, ...]:
    low, high = arm.interval
    untrained = [run.best_untrained for run in arm.runs if run.best_untrained is not None]
    costs = (_spread([run.cost[kind] for run in arm.runs]) for kind in range(4))
    seeds = " ".join(f"{run.seed}: {_rate(run.success)}" for run in arm.runs)
    own = _rate(sum(untrained) / len(untrained)) if untrained else "not played"
    return (arm.label, *costs, own, seeds, _rate(arm.mean), _rate(arm.worst), f"{_rate(low)} to {_rate(high)}")


def _spread(counts: Sequence[int]) -> str:
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _rate(success: float) -> str:
    return f"{success:.2f}".removeprefix("0") if success < 1 else "1.0"


def _label(run: Compared, others: Sequence[Compared]) -> str:
    """The platform, and those settings that are not the same in all arms of it."""
    alike = [other.settings for other in others if other.platform == run.platform]
    keys = [key for key in run.settings if len({json.dumps(s.get(key, ""), default=str) for s in alike}) > 1]
    words = [f"{key.removeprefix('platform.').removeprefix('preset.')}={run.settings[key]}" for key in keys]
    return " ".join([f"`{run.platform}`", *(f"`{word}`" for word in words)])


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if key in NOT_COMPARED:
        return
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _flat(item, f"{key}.{name}" if key else str(name))
    else:
        yield key, value
