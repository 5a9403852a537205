"""The result of a counterfactual, `counterfactual.json`. Imports little, as the report reads it, too."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsrl_core.errors import StorageError
from dsrl_core.storage.durable import write_atomic

NAME = "counterfactual.json"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FORMAT = 1
Floats = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What the critics say of one kind of noise, at each decision of an episode."""

    mean: Floats  # over the critics
    spread: Floats  # standard deviation over the critics


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Mean value of each noise of two numbers at one decision, on a grid over [-half, half] in both."""

    decision: int
    half: float
    values: tuple[Floats, ...]  # row: the second number rises; column: the first does
    played: tuple[float, float]
    actor: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """An episode, decision by decision."""

    robot: str
    episode: int
    group: str
    index: int
    success: bool
    played: Rated
    actor: Rated  # the actor's mode
    zero: Rated
    prior: tuple[Floats, ...]  # a row per quantile of `QUANTILES`: of the mean value under N(0, I)
    maps: tuple[Map, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The actor's mode against the noise that was played, over the decisions of one kind."""

    title: str
    decisions: int
    above: int  # at how many of them the critics' mean rates the actor's noise above the one played
    agreed: int  # at how many of them every critic does
    gains: Floats  # by how much: a quantile of `QUANTILES` each, over all these decisions
    prior_above: float  # share of the prior's noise that is rated above the one played, mean over these decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One decision: what the critics say of the noise that was played, and what followed."""

    value: float
    returned: float  # discounted return until the episode's end
    success: bool
    cut: bool  # the episode ended by its time-out: the return ends there, the critics count on


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Value against return, over the decisions of some episodes."""

    episodes: str  # which, for people
    points: tuple[Point, ...]
    rank_correlation: float | None  # Spearman's, over all; None where either does not vary
    rank_of_ended: float | None  # over the episodes that were not cut
    bias: float | None  # mean of value less return over these; None where all were cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """Everything of one."""

    recording: str  # whose episodes
    critics: str  # whose opinion: which parameters
    gradient_steps: int
    num_qs: int
    draws: int  # of the prior, at each decision
    along: tuple[Along, ...]
    compared: tuple[Compared, ...]
    calibration: Calibration | None  # None where no episode has an actor's or a prior's noise of this shape


def write_result(result: Counterfactual, path: Path) -> None:
    """Write a result atomically. Raises OSError."""
    write_atomic(path, json.dumps({"format": FORMAT, **dataclasses.asdict(result)}, allow_nan=False) + "\n")


def read_result(path: Path) -> Counterfactual | None:
    """The result at `path`, None where there is none.

    Raises:
        StorageError: it cannot be read, or is no result of this version.
    """
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text())
        if values.pop("format") != FORMAT:
            raise ValueError(f"this version reads format {FORMAT}")
        return _result(values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise StorageError(f"{path} cannot be read ({error}); remove it, and make it again") from error


def _result(values: dict[str, Any]) -> Counterfactual:
    found = values["calibration"]
    points = found and tuple(Point(**point) for point in found["points"])
    return Counterfactual(
        **{
            **values,
            "along": tuple(_along(each) for each in values["along"]),
            "compared": tuple(Compared(**{**each, "gains": tuple(each["gains"])}) for each in values["compared"]),
            "calibration": found and Calibration(**{**found, "points": points}),
        }
    )


def _along(values: dict[str, Any]) -> Along:
    kinds = ("played", "actor", "zero")
    rated = {kind: Rated(**{key: tuple(row) for key, row in values[kind].items()}) for kind in kinds}
    maps = tuple(
        Map(
            **{
                **each,
                "values": tuple(map(tuple, each["values"])),
                "played": tuple(each["played"]),
                "actor": tuple(each["actor"]),
            }
        )
        for each in values["maps"]
    )
    return Along(**{**values, **rated, "prior": tuple(map(tuple, values["prior"])), "maps": maps})
