"""Evaluates the outcomes of a pre-flight: success under each noise, and whether steering this base can help."""

from collections.abc import Iterable, Sequence

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.preflight.judge_followed import judge_followed, unplayed, with_followed
from dsrl_core.preflight.measure import Outcome, Outcomes
from dsrl_core.preflight.plan import (
    GOLDEN,
    RANGE_VECTORS,
    Arm,
    Size,
    followed_arm,
    noise_arms,
    parametrisations,
    range_name,
    ranges,
    vector_name,
    vectors_name,
)
from dsrl_core.preflight.result import Followed, Jump, RangeRow, Result, Row, Verdict

# Measured: for a base with a ceiling of 0.75 and 0.70 under zero noise, five runs of DSRL brought no improvement.
GOOD_CEILING, GOOD_GAIN = 0.9, 0.25
LEAST_CEILING, LEAST_GAIN = 0.5, 0.15
TOLERANCE = 0.1  # difference in success below which a parametrisation does not count as better
NO_EXPERT = "this platform has no scripted expert (make_expert of its environment's module)"
RANGE_TOLERANCE = 0.2  # the same for a range, of which fewer episodes are played


def golden_column(outcomes: Outcomes, size: Size) -> int:
    """The number of the vector that succeeds from the most starts, the first among equals."""
    return int(np.argmax(matrix_of(outcomes, size).sum(0)))


def matrix_of(outcomes: Outcomes, size: Size) -> np.ndarray:
    """bool[starts, vectors]: which constant vector succeeds from which start."""
    rows = [[outcomes[vector_name(m), i].success for m in range(size.vectors)] for i in range(size.starts)]
    return np.array(rows, bool)


def evaluate(config: RunConfig, size: Size, outcomes: Outcomes, unfollowed: str = NO_EXPERT) -> Result:
    """The result of a complete pre-flight; KeyError names an episode that is missing.

    Args:
        config: of the run that it was for.
        size: how many episodes were played.
        outcomes: of the episodes; those after an expert are missing where nothing was followed.
        unfollowed: why nothing was followed, where nothing was.
    """
    matrix = matrix_of(outcomes, size)
    untrained = [_noise_row(arm, outcomes, config) for arm in noise_arms(config, size)]
    reach = [_range_row(b, outcomes, size) for b in ranges(config)]
    constant = _constant_rows(config, size, outcomes)
    verdict = judge(config, untrained, matrix, reach, golden=constant[-1])
    after, followed = _followed(config, size, outcomes, max(untrained, key=lambda row: row.success))
    followed = followed or unplayed(unfollowed)
    return Result(
        platform=config.platform.name,
        policy=config.platform.policy.endpoint or config.platform.policy.kind,
        seed=config.seed,
        vectors=config.preset.noise.vectors,
        magnitude=config.preset.noise.magnitude,
        rows=(*untrained, *constant, *after),
        ranges=tuple(reach),
        matrix=tuple(tuple(row) for row in matrix.tolist()),
        golden_vector=golden_column(outcomes, size),
        verdict=with_followed(verdict, followed),
        followed=followed,
    )


def judge(
    config: RunConfig, untrained: Sequence[Row], matrix: np.ndarray, reach: Sequence[RangeRow], *, golden: Row
) -> Verdict:
    """Compare the ceiling with the best untrained noise; `golden` is the golden ticket's success on other starts."""
    best, ceiling = max(untrained, key=lambda row: row.success), float(matrix.any(1).mean())
    gain = ceiling - best.success
    good = ceiling >= GOOD_CEILING and gain >= GOOD_GAIN
    vectors = config.preset.noise.vectors if good else _vectors(config, untrained)
    magnitude = _magnitude(config.preset.noise.magnitude, reach)
    word, reason, advice = _judged(best, ceiling, matrix)
    if word != "refused" and golden.success >= ceiling - LEAST_GAIN:
        advice += (
            f" One constant vector, the golden ticket, reaches {golden.success:.0%} on other starts without any "
            "training: hold the steered policy against it (schedule.golden)."
        )
    if vectors != config.preset.noise.vectors or magnitude != config.preset.noise.magnitude:
        advice += (
            f" Another parametrisation promises more: look again with ./dsrl preflight {config.platform.name} "
            f"noise.vectors={vectors} noise.magnitude={magnitude:g}."
        )
    return Verdict(
        word=word,
        reason=reason,
        advice=advice,
        best_untrained=best.title,
        gain=gain,
        vectors=vectors,
        magnitude=magnitude,
    )


def _judged(best: Row, ceiling: float, matrix: np.ndarray) -> tuple[str, str, str]:
    """Word, reason and advice."""
    figures = (
        f"the best of {matrix.shape[1]} constant vectors for each start succeeds from {ceiling:.0%} of the starts, "
        f"and untrained noise ({best.title}) already in {best.success:.0%} of the episodes"
    )
    idle = (matrix == matrix[:, :1]).all()
    unmoved = " No start's outcome depends on the vector: see that the policy takes its noise." if idle else ""
    if best.success >= GOOD_CEILING:
        return "refused", f"nothing to gain: {figures}", "The base is good as it is: play it with that noise."
    if ceiling < LEAST_CEILING:
        advice = f"Train a better base: steering chooses among what noise makes it do.{unmoved}"
        return "refused", f"the ceiling is too low: {figures}", advice
    if ceiling - best.success < LEAST_GAIN:
        advice = f"Play the base with that noise, or train one whose noise makes a difference.{unmoved}"
        return "refused", f"nothing to gain: {figures}", advice
    if ceiling < GOOD_CEILING or ceiling - best.success < GOOD_GAIN:
        advice = "Steering can help, but expect no more than the ceiling; a better base raises it."
        return "limited", figures, advice
    return "steer", figures, "Steer it."


def _vectors(config: RunConfig, untrained: Sequence[Row]) -> int:
    """The smallest number of vectors without a loss of success, as more vectors are more to learn."""
    success = {row.name: row.success for row in untrained}
    counts = parametrisations(config)
    enough = [k for k in counts if success[vectors_name(k)] >= success["iid"] - TOLERANCE]
    return enough[0] if enough else max(counts, key=lambda k: success[vectors_name(k)])


def _magnitude(preset: float, reach: Sequence[RangeRow]) -> float:
    """The preset's range, unless the vectors of another one succeed from clearly more starts."""
    own = next(row for row in reach if row.magnitude == round(preset, 4))
    best = max(reach, key=lambda row: (row.solved, row.successes))
    better = best.solved - own.solved >= RANGE_TOLERANCE * own.starts
    return best.magnitude if better else preset


def _noise_row(arm: Arm, outcomes: Outcomes, config: RunConfig) -> Row:
    k, b = config.preset.noise.vectors, config.preset.noise.magnitude
    titles = {
        "iid": "iid noise, new for each step",
        "clipped": f"{_vectors_title(k)}, clipped to {b:g}",
        "zero": "zero noise",
    }
    return _row(arm.name, titles.get(arm.name, _vectors_title(arm.vectors)), outcomes, arm.starts)


def _constant_rows(config: RunConfig, size: Size, outcomes: Outcomes) -> list[Row]:
    matrix, best = matrix_of(outcomes, size), golden_column(outcomes, size)
    names = [vector_name(m) for m in range(size.vectors)]
    jumps = _jumps([outcomes[name, i] for name in names for i in range(size.starts)])
    return [
        Row(
            name="constant",
            title=f"constant vectors, mean of {size.vectors}",
            successes=int(matrix.sum()),
            episodes=matrix.size,
            jumps=jumps,
        ),
        Row(
            name="ceiling",
            title=f"best of {size.vectors} for each start: the ceiling",
            successes=int(matrix.any(1).sum()),
            episodes=size.starts,
        ),
        _row(vector_name(best), "golden ticket, where it was chosen", outcomes, range(size.starts), "golden_chosen"),
        _row(GOLDEN, "golden ticket, on other starts", outcomes, size.other_starts),
    ]


def _followed(config: RunConfig, size: Size, outcomes: Outcomes, best: Row) -> tuple[list[Row], Followed | None]:
    """The row of the episodes after an expert, and what they say; neither where none was played."""
    arm = followed_arm(config, size)
    if not any((arm.name, start) in outcomes for start in arm.starts):
        return [], None
    row = _row(arm.name, "the expert, followed by noise", outcomes, arm.starts)
    return [row], judge_followed([outcomes[arm.name, start] for start in arm.starts], row, best)


def _range_row(magnitude: float, outcomes: Outcomes, size: Size) -> RangeRow:
    names = [range_name(magnitude, m) for m in range(RANGE_VECTORS)]
    won = np.array([[outcomes[name, i].success for name in names] for i in range(size.starts)], bool)
    return RangeRow(
        magnitude=magnitude,
        successes=int(won.sum()),
        episodes=won.size,
        solved=int(won.any(1).sum()),
        starts=size.starts,
    )


def _row(arm: str, title: str, outcomes: Outcomes, starts: range, name: str = "") -> Row:
    played = [outcomes[arm, start] for start in starts]
    successes = sum(outcome.success for outcome in played)
    return Row(name=name or arm, title=title, successes=successes, episodes=len(played), jumps=_jumps(played))


def _jumps(played: Sequence[Outcome]) -> tuple[Jump, ...]:
    return tuple(
        Jump(
            unit=unit,
            median=_quantile(0.5, (jump for outcome in played for jump in outcome.jumps[unit])),
            p95=_quantile(0.95, (jump for outcome in played for jump in outcome.jumps[unit])),
            inside=_quantile(0.5, (outcome.inside[unit] for outcome in played if unit in outcome.inside)),
        )
        for unit in played[0].jumps
    )


def _quantile(share: float, values: Iterable[float]) -> float | None:
    found = list(values)
    return float(np.quantile(found, share)) if found else None


def _vectors_title(vectors: int) -> str:
    return "repeated vector" if vectors == 1 else f"{vectors} repeated vectors"
