"""Asks the critics along recorded episodes: about the noise that was played, and about noise that was not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np

from dsrl_core.acting.constant_noise import normals
from dsrl_core.config.run import RunConfig
from dsrl_core.learner.counterfactual.critics import Critics
from dsrl_core.learner.counterfactual.result import (
    QUANTILES,
    Along,
    Calibration,
    Compared,
    Counterfactual,
    Map,
    Point,
    Rated,
)
from dsrl_core.learner.counterfactual.returns import rank_correlation, returns
from dsrl_core.schedule.groups import BEST, FINAL, STEERED_BASE, TRAIN, group_of
from dsrl_core.types import F32, F64, OPERATOR_SOURCES, Episode, LearnerView, NoiseSource

T = TypeVar("T")
DRAWS = 256  # of the prior at each decision: the same ones, so that decisions can be compared
MOST = 100  # episodes of a group that are asked about, evenly over the group
SHOWN = 3  # failures, and as many successes, that are shown decision by decision
MAPS, CELLS = 4, 21  # maps of an episode, and the cells of a side
RECENT = 20  # training episodes that values are held against where the actor was not evaluated


@dataclass(frozen=True, slots=True)
class Asked:
    """The critics' answers along an episode of n decisions; every value f32[num_qs, ...]."""

    episode: Episode
    played: F32  # [num_qs, n]
    actor: F32  # [num_qs, n]
    zero: F32  # [num_qs, n]
    prior: F32  # [num_qs, n, draws]
    modes: F32  # [n, k, d], the actor's


def ask(critics: Critics, episode: Episode, draws: F32) -> Asked:
    """Ask at each decision about the noise played, the actor's mode, zero, and `draws` f32[m, k, d].

    Raises:
        ValueError: the episode's noise has another shape than the critics take.
    """
    if episode.noises.shape[1:] != critics.shapes.noise:
        raise ValueError(f"noise has shape {episode.noises.shape[1:]}, the critics take {critics.shapes.noise}")
    modes, values = [], []
    for view, noise in zip(views(episode), episode.noises, strict=True):
        mode = critics.mode(view)
        modes.append(mode)
        values.append(critics.values(view, np.concatenate([[noise, mode, np.zeros_like(noise)], draws])))
    stacked = np.stack(values, axis=1)  # [num_qs, n, 3 + m]
    played, actor, zero = (stacked[..., i] for i in range(3))
    return Asked(episode, played, actor, zero, stacked[..., 3:], np.stack(modes))


def views(episode: Episode) -> Iterator[LearnerView]:
    """The views at which the episode's decisions were made."""
    frames = zip(episode.images, episode.states, episode.features, strict=True)
    return (LearnerView(*frame) for frame, _ in zip(frames, episode.rewards, strict=False))  # the last view has none


def measure(config: RunConfig, critics: Critics, episodes: Iterable[Episode], recording: str) -> Counterfactual:
    """Everything that the critics say along the episodes whose noise has their shape.

    Args:
        config: of the run, as the critics learned.
        critics: of whatever episodes they learned.
        episodes: recorded ones; at most `MOST` of each group are asked about.
        recording: where they are from, for people.
    """
    draws = normals(config, "counterfactual", DRAWS)
    groups: dict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        if episode.noises.shape[1:] == critics.shapes.noise:
            groups[episode.group].append(episode)
    asked = {name: [ask(critics, each, draws) for each in evenly(group, MOST)] for name, group in groups.items()}
    return Counterfactual(
        recording=recording,
        critics=critics.source,
        gradient_steps=critics.gradient_steps,
        num_qs=config.preset.network.num_qs,
        draws=DRAWS,
        along=tuple(along(critics, each, draws) for each in shown(asked)),
        compared=tuple(compared(asked, critics.gradient_steps)),
        calibration=calibration(asked, config.preset.sac.discount),
    )


def shown(asked: dict[str, list[Asked]]) -> list[Asked]:
    """A few failures and successes of training, first to last; and one of each by the actor's mode, where it played."""
    train = asked.get(TRAIN) or asked.get(STEERED_BASE, [])
    found = [each for outcome in (False, True) for each in evenly(_that(train, outcome), SHOWN)]
    found.sort(key=lambda each: each.episode.episode)
    final = asked.get(FINAL, [])
    return found + [each for outcome in (False, True) for each in _that(final, outcome)[:1]]


def along(critics: Critics, asked: Asked, draws: F32) -> Along:
    """An episode as it is shown."""
    episode = asked.episode
    quantiles = np.quantile(asked.prior.mean(axis=0), QUANTILES, axis=1)
    return Along(
        robot=episode.robot,
        episode=episode.episode,
        group=episode.group,
        index=episode.index,
        success=episode.success,
        played=_rated(asked.played),
        actor=_rated(asked.actor),
        zero=_rated(asked.zero),
        prior=tuple(_floats(row) for row in quantiles),
        maps=tuple(maps(critics, asked)) if critics.shapes.noise_size == 2 else (),
    )


def maps(critics: Critics, asked: Asked) -> Iterator[Map]:
    """The value of every noise of two numbers, at a few decisions."""
    episode = asked.episode
    at = evenly(range(episode.decisions), MAPS)
    reach = max(critics.preset.noise.magnitude, *(float(np.abs(episode.noises[i]).max()) for i in at))
    line = np.linspace(-reach, reach, CELLS, dtype=np.float32)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, *critics.shapes.noise)
    every = list(views(episode))
    for i in at:
        values = critics.values(every[i], grid).mean(axis=0).reshape(CELLS, CELLS)
        yield Map(
            decision=i,
            half=reach,
            values=tuple(_floats(row) for row in values),
            played=_pair(episode.noises[i]),
            actor=_pair(asked.modes[i]),
        )


def compared(asked: dict[str, list[Asked]], version: int) -> Iterator[Compared]:
    """The actor's mode against what was played, for each kind of noise; where it is what was played it is left out.

    Args:
        asked: by group.
        version: gradient steps of the actor.
    """
    rows: dict[str, list[tuple[Asked, int]]] = defaultdict(list)
    for each in chain.from_iterable(asked.values()):
        for i, source in enumerate(each.episode.noise_sources):
            if source is NoiseSource.ACTOR_MODE and each.episode.params_versions[i] == version:
                continue
            rows[_title(each.episode.group, source)].append((each, i))
    for title, decisions in rows.items():
        gains = np.stack([each.actor[:, i] - each.played[:, i] for each, i in decisions])  # [decisions, num_qs]
        drawn = [(each.prior[:, i].mean(axis=0) > each.played[:, i].mean()).mean() for each, i in decisions]
        yield Compared(
            title=title,
            decisions=len(decisions),
            above=int((gains.mean(axis=1) > 0).sum()),
            agreed=int((gains > 0).all(axis=1).sum()),
            gains=_floats(np.quantile(gains.mean(axis=1), QUANTILES)),
            prior_above=float(np.mean(drawn)),
        )


def calibration(asked: dict[str, list[Asked]], discount: float) -> Calibration | None:
    """Value against return: of the actor's evaluation, from which nothing was learned, else of late training."""
    for group, title in ((FINAL, "evaluated with the final actor"), (BEST, "evaluated with the chosen actor")):
        if asked.get(group):
            return _calibration(asked[group], f"{_count(asked[group])} {title}", discount)
    recent = asked.get(TRAIN, [])[-RECENT:]
    return _calibration(recent, f"{_count(recent)} late in training", discount) if recent else None


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, first and last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)] if most > 1 else [items[0]]


def _calibration(asked: list[Asked], episodes: str, discount: float) -> Calibration:
    points = []
    for each in asked:
        episode, followed = each.episode, returns(each.episode, discount)
        outcome = {"success": bool(episode.success), "cut": bool(episode.truncated)}
        pairs = zip(each.played.mean(axis=0), followed, strict=True)
        points += [Point(value=round(float(q), 6), returned=round(float(r), 6), **outcome) for q, r in pairs]
    values, returned = (np.array([getattr(point, name) for point in points]) for name in ("value", "returned"))
    ended = np.array([not point.cut for point in points])
    return Calibration(
        episodes=episodes,
        points=tuple(points),
        rank_correlation=rank_correlation(values, returned),
        rank_of_ended=rank_correlation(values[ended], returned[ended]),
        bias=float((values - returned)[ended].mean()) if ended.any() else None,
    )


def _count(asked: list[Asked]) -> str:
    return f"{len(asked)} episode{'s' if len(asked) > 1 else ''}"


def _title(group: str, source: NoiseSource) -> str:
    if group != TRAIN:
        return group_of(group).title
    if source in OPERATOR_SOURCES:
        return "Training, an operator's noise"
    return "Training, the actor's noise" if source is NoiseSource.ACTOR_SAMPLE else "Training, noise of the prior"


def _that(asked: list[Asked], success: bool) -> list[Asked]:
    return [each for each in asked if bool(each.episode.success) == success]


def _rated(values: F32) -> Rated:
    return Rated(mean=_floats(values.mean(axis=0)), spread=_floats(values.std(axis=0)))


def _floats(values: F32 | F64) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def _pair(noise: F32) -> tuple[float, float]:
    first, second = (float(value) for value in noise.ravel())
    return first, second
