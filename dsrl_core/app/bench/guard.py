"""`./dsrl bench guard`: the guard of a run on simulated runs, whose true success is known.

The true success of each checkpoint of a run follows a curve; where the guard goes back, it goes on from that of the
best. A start is hard or easy alike for every checkpoint (`shared`: how much of an outcome comes from the start).

Per curve: `.false_alarms`: runs in which the guard went back from parameters that were not worse; `.returns`: per run;
`.evaluation`: episodes of selections per run; `.final`: true success at the end; `.unguarded`: that of the last
checkpoint of a run without a guard; `.best`: of the best checkpoint of the guarded run; `.gap_p95`, `.over_05`: the
95th percentile of best minus final, and the share of runs in which it exceeds .05; `.told`: runs in which a person was
told that more episodes are not worth their time; `.told_early`: those in which a later checkpoint was better by more
than .05 all the same.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from dsrl_core.app.bench.figures import report
from dsrl_core.config.preset import GuardSettings
from dsrl_core.errors import among
from dsrl_core.schedule.guard import Checkpoint, Guard, Judgement

Rng = np.random.Generator
Step = Callable[[float, float, Rng], float]  # success, share of the run that one checkpoint is, draws -> next success
FALLEN = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """How true success goes on from checkpoint to checkpoint."""

    first: float
    step: Step


def _collapses(success: float, share: float, draws: Rng) -> float:
    """Falls from .9 to .5 and stays there; the expected number of falls over a run is 1.5."""
    return FALLEN if success <= FALLEN or draws.random() < 1.5 * share else success


def _wanders(success: float, share: float, draws: Rng) -> float:
    """Around .85, as evaluations of long runs do: .82, .56, .86."""
    return float(np.clip(0.85 + 0.5 * (success - 0.85) + 0.1 * draws.standard_normal(), 0.05, 0.99))


def _gains_and_falls(success: float, share: float, draws: Rng) -> float:
    """Gains as a run does, and loses .3 now and then: 1.5 times over a run."""
    fallen = success - 0.3 if draws.random() < 1.5 * share else success
    return float(np.clip(fallen + 3.0 * share * (0.95 - fallen), 0.05, 0.99))


CURVES: Mapping[str, Curve] = {
    "stationary": Curve(0.9, lambda success, share, draws: success),
    "collapse": Curve(0.9, _collapses),
    "slow_gain": Curve(0.3, lambda success, share, draws: min(0.95, success + 0.65 * share / (1 - share))),
    "noisy": Curve(0.85, _wanders),
    "gain_and_fall": Curve(0.4, _gains_and_falls),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A simulated run."""

    judged: Judgement
    true: list[float]  # success of each checkpoint
    evaluation: int
    false_alarm: bool
    final: float
    unguarded: float
    told_at: int | None  # number of the checkpoint


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dsrl bench guard", description=__doc__)
    parser.add_argument("only", nargs="*", default=tuple(CURVES), metavar="CURVE", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write a flat object of figures")
    parser.add_argument("--runs", type=int, default=2000, help="of each curve; default: %(default)s")
    parser.add_argument("--checkpoints", type=int, default=10, help="of a run; default: %(default)s")
    parser.add_argument("--episodes", type=int, default=50, help="of a complete selection; default: %(default)s")
    parser.add_argument("--shared", type=float, default=0.5, help="0 to 1; default: %(default)s")
    args = parser.parse_intermixed_args()
    if unknown := sorted(set(args.only) - set(CURVES)):
        parser.error(f"{unknown[0]!r} is no curve; {among(unknown[0], tuple(CURVES))}")
    guard = Guard(GuardSettings(enabled=True), args.episodes, args.checkpoints)
    figures = dict[str, float]()
    for name in args.only:
        runs = [played(guard, CURVES[name], np.random.default_rng(seed), args.shared) for seed in range(args.runs)]
        figures |= {f"{name}.{figure}": value for figure, value in summed(runs).items()}
    report(figures, args.json)
    return 0


def summed(runs: list[Ended]) -> dict[str, float]:
    """The figures of one curve."""
    gaps = np.array([max(run.true) - run.final for run in runs])
    told = [run for run in runs if run.told_at is not None]
    return {
        "false_alarms": float(np.mean([run.false_alarm for run in runs])),
        "returns": float(np.mean([len(run.judged.returns) for run in runs])),
        "evaluation": float(np.mean([run.evaluation for run in runs])),
        "final": float(np.mean([run.final for run in runs])),
        "unguarded": float(np.mean([run.unguarded for run in runs])),
        "best": float(np.mean([max(run.true) for run in runs])),
        "gap_p95": float(np.percentile(gaps, 95)),
        "over_05": float(np.mean(gaps > 0.05 + 1e-9)),
        "told": len(told) / len(runs),
        "told_early": float(np.mean([_early(run) for run in runs])),
    }


def played(guard: Guard, curve: Curve, draws: Rng, shared: float) -> Ended:
    """A run of the guard's number of checkpoints, each in the place of one training episode."""
    starts, last = draws.standard_normal(guard.size), guard.checkpoints
    success = unguarded = curve.first
    judged, true, evaluation, false_alarm, told_at = Judgement(), list[float](), 0, False, None
    for number in range(1, last + 1):
        if number > 1:
            success = curve.step(success, 1 / last, draws)
            unguarded = curve.step(unguarded, 1 / last, draws)
        true.append(success)
        present = evaluated(guard, judged, number, _outcomes(success, starts, shared, draws))
        evaluation += present.episodes
        before = judged
        judged = guard.judge([present], last + 1, before)  # one more: at the end, too, it goes back for a reason alone
        if len(judged.returns) > len(before.returns) and judged.best is not None:
            false_alarm |= success >= true[judged.best.after - 1] - 1e-9
            success = true[judged.best.after - 1]
        told_at = number if told_at is None and judged.enough else told_at
    final = true[judged.best.after - 1] if judged.best is not None else success
    return Ended(judged, true, evaluation, false_alarm, final, unguarded, told_at)


def evaluated(guard: Guard, judged: Judgement, number: int, outcomes: list[bool]) -> Checkpoint:
    """Play a selection portion by portion until it is decided."""
    played = 0
    while True:
        played = guard.boundary(played)
        present = Checkpoint(number, number, sum(outcomes[:played]), played)
        if guard.decided(judged.best, present):
            return present


def _outcomes(success: float, starts: np.ndarray, shared: float, draws: Rng) -> list[bool]:
    """Outcomes with this success rate, alike where they come from the same starts."""
    own = draws.standard_normal(starts.size)
    easy = np.sqrt(shared) * starts + np.sqrt(1 - shared) * own
    outcomes: list[bool] = (easy < NormalDist().inv_cdf(success)).tolist()
    return outcomes


def _early(run: Ended) -> bool:
    """Whether a later checkpoint was worth its time, after a person was told that none is."""
    if run.told_at is None:
        return False
    return max(run.true[run.told_at :], default=0.0) > max(run.true[: run.told_at]) + 0.05


if __name__ == "__main__":
    sys.exit(main())
