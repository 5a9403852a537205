"""What operator episodes would bring: whether the base policy, led by noise, does what an expert would do."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dsrl_core.preflight.measure import Outcome
from dsrl_core.preflight.plan import FOLLOWED
from dsrl_core.preflight.result import Followed, Row, Verdict

GOOD, LEAST_GAIN, GOOD_GAIN = 0.9, 0.15, 0.25  # as of the verdict on steering
OPERATOR_EPISODES = 20
UNSAID = "unknown"


def unplayed(why: str) -> Followed:
    """That nothing was played, and why."""
    return Followed(word=UNSAID, reason=why, advice="What operator episodes would bring was not measured.")


def judge_followed(played: Sequence[Outcome], row: Row, best: Row) -> Followed:
    """Compare the episodes after the expert with the best untrained noise.

    Args:
        played: their outcomes, each with its residual.
        row: their success.
        best: the best untrained noise.
    """
    residual = float(np.mean([outcome.residual for outcome in played if outcome.residual is not None]))
    word, advice = _judged(row, best)
    reason = (
        f"led by noise after the expert, the base succeeds in {row.success:.0%} of {row.episodes} episodes, and under "
        f"the best untrained noise ({best.title}) in {best.success:.0%}; what noise cannot do of the expert's actions "
        f"is {residual:.2g} standard deviations"
    )
    return Followed(word=word, reason=reason, advice=advice, residual=residual)


def with_followed(verdict: Verdict, followed: Followed) -> Verdict:
    """The verdict on steering, no refusal where following shows that noise, chosen anew in each decision, does it."""
    if verdict.word != "refused" or followed.word != "helps":
        return verdict
    advice = f"No constant vector does it, and noise chosen anew in each decision does. {followed.advice}"
    return replace(verdict, word="limited", reason=followed.reason, advice=advice)


def _judged(row: Row, best: Row) -> tuple[str, str]:
    assert row.name == FOLLOWED
    assert row.interval is not None, "each start was played once"
    gain, (low, high) = row.success - best.success, row.interval
    if best.success >= GOOD:
        return "good", "The base is good as it is: operator episodes would bring nothing."
    if gain >= LEAST_GAIN and low > best.success:
        return "helps", f"Operator episodes would help: operator.episodes={OPERATOR_EPISODES}."
    if gain < LEAST_GAIN and high < best.success + GOOD_GAIN:
        return "cannot", (
            "The base cannot follow this operator: corrections will not help by noise. Train a base on more "
            "demonstrations, or one that was not trained to a single way of doing each start."
        )
    return "undecided", (
        f"{row.episodes} episodes do not tell whether operator episodes would help: look again with another --seed."
    )
