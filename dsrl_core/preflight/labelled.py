"""The result of a pre-flight on an arm, from episodes that a person labelled: `labelled.json`."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError
from dsrl_core.preflight.result import policy_sha256
from dsrl_core.robot_check.finding import Finding, Verdict
from dsrl_core.schedule.tally import success_interval
from dsrl_core.storage.durable import write_atomic

RESULT = "labelled.json"
CONFIG = "config.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseRow:
    """Success under one noise."""

    name: str  # repeated, iid, constant_<number>
    title: str
    successes: int
    episodes: int
    better: float | None  # probability that it is better than the repeated vector; None for that one
    verdict: str

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the success, None without an episode."""
        return success_interval(self.successes, self.episodes) if self.episodes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What a pre-flight on an arm came to."""

    platform: str
    policy: str
    policy_sha256: str  # of weights that are a file on this machine, else empty
    seed: int
    at_most: int  # episodes
    dropped: int  # episodes that did not count, as nobody labelled them
    rows: tuple[NoiseRow, ...]
    outcomes: tuple[tuple[bool | None, ...], ...]  # [starts][noises]; None where that was not played
    chances: dict[str, float]  # outlook -> probability
    word: str  # an `Outlook`
    reason: str
    advice: str
    flags: tuple[Finding, ...]

    @property
    def episodes(self) -> int:
        return sum(row.episodes for row in self.rows)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The flags of what must be mended before the outcomes mean anything."""
        return tuple(flag for flag in self.flags if flag.verdict is Verdict.WRONG)

    def figures(self) -> dict[str, float | str]:
        """The main numbers by name, and the verdict, as a flat mapping."""
        success = {row.name: row.successes / row.episodes for row in self.rows if row.episodes}
        chances = {f"chance, {outlook}": chance for outlook, chance in self.chances.items()}
        facts = {"episodes": self.episodes, "dropped": self.dropped, "wrong": len(self.wrong)}
        return {**success, **chances, **facts, "verdict": self.word}


def write_labelled(folder: Path, result: Labelled) -> None:
    """Write `labelled.json`; raises OSError if it cannot be written."""
    write_atomic(folder / RESULT, json.dumps(dataclasses.asdict(result), indent=1) + "\n")


def read_labelled(folder: Path) -> Labelled | None:
    """Read `labelled.json`; None where there is none, or one of another version."""
    try:
        values = json.loads((folder / RESULT).read_text())
        rows = tuple(NoiseRow(**row) for row in values.pop("rows"))
        outcomes = tuple(tuple(row) for row in values.pop("outcomes"))
        flags = tuple(Finding(**{**flag, "verdict": Verdict(flag["verdict"])}) for flag in values.pop("flags"))
        return Labelled(**values, rows=rows, outcomes=outcomes, flags=flags)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def labelled_beside(run: Path, config: Mapping[str, Any]) -> Labelled | None:
    """The pre-flight in a run's folder, else the newest beside it with the same contract, weights and noise.

    Args:
        run: the folder.
        config: its `config.yaml`, as plain data, so that a run of an older version still has a report.
    """
    own = read_labelled(run)
    if own is not None:
        return own
    for path in sorted(run.absolute().parent.glob(f"*/{RESULT}"), key=lambda p: p.stat().st_mtime, reverse=True):
        found = read_labelled(path.parent)
        if found is not None and _is_of(found, path.parent, config):
            return found
    return None


def _is_of(found: Labelled, folder: Path, config: Mapping[str, Any]) -> bool:
    try:
        asked = read_yaml(folder / CONFIG)
        one, other = ({**run["platform"], "operator": None} for run in (asked, config))  # who labels is no matter
        same = one == other and asked["preset"]["noise"] == config["preset"]["noise"]
        return bool(same and found.policy_sha256 == policy_sha256(config["platform"]["policy"]["endpoint"]))
    except (OSError, ConfigError, KeyError, TypeError):
        return False
