"""`summary.json`: the results of a run in numbers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsrl_core.config.noises import BASELINES
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import StorageError
from dsrl_core.run.arm_record import ArmCounts, figures
from dsrl_core.schedule.groups import BEST, FINAL, GOLDEN, STEERED_BASE, TRAIN, Kind, group_of
from dsrl_core.schedule.guarded import Guarded
from dsrl_core.schedule.tally import Tally
from dsrl_core.storage.durable import write_atomic


@dataclass(frozen=True, slots=True)
class LearnerFacts:
    """The learner's part of the summary."""

    gradient_steps: int
    params_sha256: str | None  # of all parameters after the last step, None if unknown
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the summary tells about the run as a whole."""

    wall_s: float  # working time, s; of a resumed run without the pauses
    train_wall_s: float | None  # from the first training decision to the last gradient step, s
    transitions_sha256: str | None
    dropped_episodes: int = 0
    robot_steps: Mapping[str, int] = field(default_factory=dict)  # per robot its environment steps, evaluation included
    resumed: bool = False
    inexact: Sequence[str] = ()  # what happened that a repetition of the run need not reproduce
    complete: bool = True  # False if it was stopped before the schedule's end
    search_episodes: int = 0  # that the search of its golden ticket has played, before the run
    arm: ArmCounts = field(default_factory=ArmCounts)  # what its executors have counted, where it is a run on an arm
    replayed: Mapping[str, Any] | None = None  # of which recording it is a replay, None where it was played


def summarise(config: RunConfig, tallies: Mapping[str, Tally], learner: LearnerFacts, run: RunFacts) -> dict[str, Any]:
    """The summary as plain data; a success rate is None if its evaluation did not run.

    `episodes`, `env_steps` and `decisions` count training alone; `groups` has them for every group of the schedule.
    `operator_episodes` are those of `episodes` in which an operator acted; what a golden ticket and the choice of a
    checkpoint have cost beside them are `search_episodes` and `selection_episodes`.
    All are over all robots. `env_steps_per_s` is over every episode and the whole working time of the run. `arm` is
    there for runs on an arm alone, `guard` for runs under a guard, `replay` for what learned from a recording.

    Args:
        config: of the run.
        tallies: by group: base_repeated, base_iid, base_clipped, base_zero, base_golden, train, select_<n>,
            final, best.
        learner: gradient steps, digest of the parameters, restarts.
        run: times, dropped episodes, whether it is exact and complete.
    """
    train, final = tallies.get(TRAIN, Tally()), tallies.get(FINAL, Tally())
    reasons = _reasons(config, run)
    return {
        "platform": config.platform.name,
        "preset": config.preset.name,
        "run_id": config.run_id,
        "seed": config.seed,
        "mode": config.preset.mode,
        "complete": run.complete,
        "episodes": train.episodes,
        "operator_episodes": train.operated,
        "search_episodes": run.search_episodes,
        "selection_episodes": sum(t.episodes for name, t in tallies.items() if group_of(name).kind is Kind.SELECTION),
        "dropped_episodes": run.dropped_episodes,
        "env_steps": train.env_steps,
        "decisions": train.decisions,
        "gradient_steps": learner.gradient_steps,
        "base_success": _success(tallies, STEERED_BASE),
        "baselines": {name: _success(tallies, f"base_{name}") for name in _baselines(tallies)},
        "final_success": final.success,
        "best_success": _success(tallies, BEST if BEST in tallies else FINAL),
        "eval_episodes": final.episodes or tallies.get(STEERED_BASE, Tally()).episodes,
        "wall_s": round(run.wall_s, 3),
        "env_steps_per_s": _rate(sum(run.robot_steps.values()), run.wall_s),
        "robots": {
            robot: {"env_steps": steps, "env_steps_per_s": _rate(steps, run.wall_s)}
            for robot, steps in sorted(run.robot_steps.items())
        },
        "train_wall_s": None if run.train_wall_s is None else round(run.train_wall_s, 3),
        "exact": not reasons,
        "not_exact_because": reasons,
        "resumed": run.resumed,
        "instruction": config.platform.policy.prompt,
        **({"arm": figures(run.arm)} if config.platform.on_an_arm else {}),
        **({"guard": Guarded(config).summary(tallies)} if Guarded(config).on else {}),
        **({"replay": dict(run.replayed)} if run.replayed is not None else {}),
        "stand_in_assets": config.platform.robot_end.stand_in_assets,
        "learner_restarts": learner.restarts,
        "transitions_sha256": run.transitions_sha256,
        "params_sha256": learner.params_sha256,
        "groups": {name: _group(tally) for name, tally in tallies.items()},
    }


def write_summary(path: Path, summary: Mapping[str, Any]) -> None:
    """Write `summary.json` atomically.

    Raises:
        OSError: no space, or the folder is not writable.
    """
    write_atomic(path, json.dumps(summary, indent=2, allow_nan=False) + "\n")


def read_summary(path: Path) -> dict[str, Any] | None:
    """The summary, None if the run has not written one.

    Raises:
        StorageError: it cannot be read, or is no summary.
    """
    try:
        summary = json.loads(path.read_text()) if path.exists() else None
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(f"{path} cannot be read ({error}); resume the run, and it is written again") from error
    if summary is not None and not isinstance(summary, dict):
        raise StorageError(f"{path} holds no summary; resume the run, and it is written again")
    return summary


def _baselines(tallies: Mapping[str, Tally]) -> tuple[str, ...]:
    """The untrained noises, and the golden ticket where the run was given one."""
    golden = ("golden",) if GOLDEN in tallies else ()
    return (*BASELINES, *golden)


def _rate(steps: int, wall_s: float) -> float:
    return round(steps / max(wall_s, 1e-9), 1)


def _success(tallies: Mapping[str, Tally], group: str) -> float | None:
    return tallies.get(group, Tally()).success


def _reasons(config: RunConfig, run: RunFacts) -> list[str]:
    """Why an equal run need not be equal to the bit; empty if it must be."""
    reasons = ["mode async: parameters are used as they come"] if config.preset.mode == "async" else []
    if run.dropped_episodes:
        reasons.append(f"dropped episodes: {run.dropped_episodes}; the starts after them are others")
    return [*reasons, *run.inexact]


def _group(tally: Tally) -> dict[str, Any]:
    """Counts of a group, and the lowest and highest version (gradient steps) of the actor that played it."""
    counts = {"episodes": tally.episodes, "successes": tally.successes, "success": tally.success}
    versions = None if tally.params_versions is None else list(tally.params_versions)
    return counts | {"decisions": tally.decisions, "env_steps": tally.env_steps, "params_versions": versions}
