"""Judges the labelled episodes of a pre-flight on an arm: each noise, the base as a whole, and what looks wrong."""

from collections.abc import Sequence

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.preflight import flag_actions, flag_cameras, flag_gripper, flag_noise
from dsrl_core.preflight.labelled import Labelled, NoiseRow
from dsrl_core.preflight.recorded import parts_of, steps_of
from dsrl_core.preflight.result import policy_sha256
from dsrl_core.robot_check.finding import Finding
from dsrl_core.run.arm_record import ArmCounts
from dsrl_core.schedule.stopping import SURE, Outlook, chances, decided
from dsrl_core.schedule.trials import Trial, noises, outcomes, trial_of
from dsrl_core.types import Episode

CLEARLY = 0.95  # probability from which on a noise counts as better, or the other
TITLES = {"repeated": "repeated vector", "iid": "iid noise, new for each step"}
ADVICE = {
    Outlook.STEER: "Steer it. One vector that is far above the others may do without training.",
    Outlook.GOOD: "Play the base as it is: there is nothing to gain.",
    Outlook.NONE: "Train a better base, or one whose noise makes a difference: steering chooses among what noise does.",
    Outlook.UNDECIDED: "The episodes do not tell. Steer if the failures look like choices, not like inability; or play "
    "another pre-flight with more --episodes.",
}


def judge_labelled(config: RunConfig, episodes: Sequence[Episode], counts: ArmCounts) -> Labelled:
    """The result of the episodes so far.

    Args:
        config: of the run that they are of.
        episodes: recorded, in their order; those that are no trials are passed over.
        counts: what the arm's executor has counted.
    """
    trials = [episode for episode in episodes if trial_of(episode.group) is not None]
    starts = outcomes({episode.group: (int(episode.success), 1) for episode in trials})
    word, compared = decided(starts), noises(config.preset.schedule.preflight_vectors)
    return Labelled(
        platform=config.platform.name,
        policy=config.platform.policy.endpoint or config.platform.policy.kind,
        policy_sha256=policy_sha256(config.platform.policy.endpoint),
        seed=config.seed,
        at_most=config.preset.schedule.preflight,
        dropped=max((episode.dropped_before for episode in trials), default=0),
        rows=tuple(_row(name, _counts(trials, name), _counts(trials, "repeated")) for name in compared),
        outcomes=_matrix(trials, compared),
        chances={str(outlook): chance for outlook, chance in chances(starts).items()},
        word=str(word),
        reason=_reason(word, starts),
        advice=ADVICE[word],
        flags=tuple(flags(config, trials, counts)),
    )


def flags(config: RunConfig, episodes: Sequence[Episode], counts: ArmCounts) -> list[Finding]:
    """What recorded episodes show to be wrong, in the order in which to mend it."""
    parts = parts_of(config.platform)
    steps = [step for episode in episodes for step in steps_of(episode)]
    return [
        flag_cameras.cameras(episodes, config.platform.learner_cameras, parts),
        *flag_gripper.gripper(episodes, parts),
        *flag_actions.units(steps, config.platform, parts),
        flag_actions.clipped(counts),
        flag_noise.noise(episodes, config.platform, parts),
    ]


def better(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Probability that one success rate is above another, each equally likely to be anything in [0, 1] beforehand.

    Args:
        one: successes and episodes.
        other: the same of the other.
    """
    rates = (np.arange(1000) + 0.5) / 1000
    mass, under = (rates**won * (1 - rates) ** (played - won) for won, played in (one, other))
    below = np.cumsum(under) - under / 2
    return float((mass * below).sum() / (mass.sum() * under.sum()))


def _row(name: str, counted: tuple[int, int], repeated: tuple[int, int]) -> NoiseRow:
    chance = None if name == "repeated" else better(counted, repeated)
    return NoiseRow(
        name=name,
        title=TITLES.get(name, name.replace("constant_", "constant vector ")),
        successes=counted[0],
        episodes=counted[1],
        better=chance,
        verdict=_verdict(counted[1], chance),
    )


def _verdict(episodes: int, chance: float | None) -> str:
    """How a noise compares with the repeated vector, in words."""
    if not episodes:
        return "not played"
    if chance is None:
        return "what is steered"
    if chance >= CLEARLY:
        return f"better ({chance:.0%} sure)"
    return f"worse ({1 - chance:.0%} sure)" if chance <= 1 - CLEARLY else "no difference seen"


def _counts(trials: Sequence[Episode], name: str) -> tuple[int, int]:
    """Successes and episodes under a noise."""
    played = [each.success for each in trials if (trial := trial_of(each.group)) is not None and trial.noise == name]
    return sum(played), len(played)


def _matrix(trials: Sequence[Episode], compared: Sequence[str]) -> tuple[tuple[bool | None, ...], ...]:
    known = {episode.group: episode.success for episode in trials}
    starts = sorted({trial.start for group in known if (trial := trial_of(group)) is not None})
    return tuple(tuple(known.get(Trial(start, name).group) for name in compared) for start in starts)


def _reason(word: Outlook, starts: Sequence[tuple[int, int]]) -> str:
    """What the verdict rests on."""
    won, played = sum(won for won, _ in starts), sum(played for _, played in starts)
    mixed = sum(0 < won < played for won, played in starts)
    told = f"{won} of {played} episodes succeeded; {mixed} of {len(starts)} starts went both ways"
    if word is Outlook.UNDECIDED:
        return f"{told}, which makes no verdict {SURE:.0%} sure"
    return f"{told}, which makes it {chances(starts)[word]:.0%} sure"
