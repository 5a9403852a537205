"""The result of a pre-flight, `preflight.json`. Imports little, as the report of a run reads it, too."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsrl_core.config.paths import weights_file
from dsrl_core.config.run import RunConfig
from dsrl_core.config.setting import build
from dsrl_core.errors import ConfigError
from dsrl_core.preflight.plan import Size
from dsrl_core.schedule.tally import success_interval
from dsrl_core.storage.digests import file_sha256
from dsrl_core.storage.durable import write_atomic

RESULT, ASKED, EPISODES, TICKET = "preflight.json", "asked.json", "episodes.jsonl", "golden.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """Change of the action, its largest component in `unit`, from the last step of a chunk to the next chunk."""

    unit: str
    median: float | None  # None if no episode had a second chunk
    p95: float | None
    inside: float | None  # median change within chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Success under one kind of noise."""

    name: str  # iid, repeated, vectors_2, clipped, zero, constant, ceiling, golden_chosen, golden, followed
    title: str
    successes: int
    episodes: int
    jumps: tuple[Jump, ...] = ()

    @property
    def success(self) -> float:
        return self.successes / self.episodes

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the success; None if many episodes share few starts and are not independent."""
        return None if self.name == "constant" else success_interval(self.successes, self.episodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRow:
    """Success of constant vectors as an untrained actor of range b draws them."""

    magnitude: float
    successes: int
    episodes: int
    solved: int  # starts from which at least one of the vectors succeeds
    starts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The advice: whether to steer, and with which settings."""

    word: str  # steer, limited, refused
    reason: str
    advice: str
    best_untrained: str  # title of the noise
    gain: float  # ceiling less the best untrained noise
    vectors: int  # recommended noise.vectors
    magnitude: float  # recommended noise.magnitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What episodes in which the base follows an expert say about operator episodes; their success is a row."""

    word: str  # helps, cannot, good, undecided; unknown: not played
    reason: str
    advice: str
    residual: float | None = None  # mean over the episodes, in standard deviations of the actions; None: not played


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a complete pre-flight."""

    platform: str
    policy: str
    seed: int
    vectors: int  # k that the constant vectors have
    magnitude: float  # b that they are clipped to
    rows: tuple[Row, ...]
    ranges: tuple[RangeRow, ...]
    matrix: tuple[tuple[bool, ...], ...]  # [starts][vectors]
    golden_vector: int  # column of the golden ticket
    verdict: Verdict
    followed: Followed | None = None  # None: of a release that did not ask

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def figures(self) -> dict[str, float | str]:
        """The main numbers by name, and the verdict, as a flat mapping."""
        jumps = {
            f"{row.name}_jump_{number}": jump.median
            for row in self.rows
            for number, jump in enumerate(row.jumps)
            if jump.median is not None
        }
        reach = {f"range_{row.magnitude:g}_best": row.solved / row.starts for row in self.ranges}
        mean = {f"range_{row.magnitude:g}_mean": row.successes / row.episodes for row in self.ranges}
        verdict, followed = self.verdict, dict[str, float | str]()
        if self.followed is not None:
            followed = {"followed_verdict": self.followed.word}
            if self.followed.residual is not None:
                followed |= {"followed_residual": self.followed.residual}
        return {
            **{row.name: row.success for row in self.rows},
            **reach,
            **mean,
            **jumps,
            **followed,
            "gain": verdict.gain,
            "noise.vectors": verdict.vectors,
            "noise.magnitude": verdict.magnitude,
            "verdict": verdict.word,
        }


def asked_of(config: RunConfig, size: Size) -> dict[str, Any]:
    """Everything that the outcomes of a pre-flight depend on, as plain data."""
    asked = {
        "seed": config.seed,
        "size": dataclasses.asdict(size),
        "platform": dataclasses.asdict(config.platform),
        "noise": dataclasses.asdict(config.preset.noise),
        "policy_sha256": policy_sha256(config.platform.policy.endpoint),
    }
    plain: dict[str, Any] = json.loads(json.dumps(asked))
    return plain


def policy_sha256(endpoint: str) -> str:
    """Digest of the weights at `policy.endpoint`, empty if they are not a file on this machine."""
    try:
        path = weights_file(endpoint)
    except ConfigError:  # a report is made on another machine, too
        return ""
    return file_sha256(path) if endpoint and path.is_file() else ""


def write_result(folder: Path, result: Result) -> None:
    """Write `preflight.json`; raises OSError if it cannot be written."""
    write_atomic(folder / RESULT, json.dumps(dataclasses.asdict(result), indent=1) + "\n")


def read_result(folder: Path) -> Result:
    """Read `preflight.json`; raises ConfigError if it is missing or of another version."""
    path = folder / RESULT
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; run ./dsrl preflight again") from error
    return build(Result, values, str(path))


def result_beside(run: Path, config: Mapping[str, Any]) -> Result | None:
    """The newest pre-flight beside a run's folder with the same contract, weights and noise parametrisation.

    Args:
        run: the folder.
        config: its `config.yaml`, as plain data, so that a run of an older version still has a report.
    """
    try:
        policy = policy_sha256(config["platform"]["policy"]["endpoint"])
        wanted = {"platform": config["platform"], "noise": config["preset"]["noise"], "policy_sha256": policy}
    except (KeyError, TypeError):
        return None
    for path in sorted(run.absolute().parent.glob(f"*/{RESULT}"), key=lambda p: p.stat().st_mtime, reverse=True):
        try:
            asked = json.loads((path.parent / ASKED).read_text())
            if isinstance(asked, dict) and wanted.items() <= asked.items():
                return read_result(path.parent)
        except (OSError, ValueError, ConfigError):
            continue  # of another version or incomplete
    return None
