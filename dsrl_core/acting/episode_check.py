"""Checks of what an episode is made of: each reward signal as it comes, and the episode as a whole.

Steering checks an episode before it is settled, the learner again before it is recorded: a bad one is dropped, as
nothing that is recorded is ever taken back.
"""

import numpy as np

from dsrl_core.algorithms.base import needs_of
from dsrl_core.config.run import RunConfig
from dsrl_core.errors import InvalidRequest
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.schedule.groups import TRAIN, is_group
from dsrl_core.storage.nested import Arrays, Layout, Leaf, check_rows
from dsrl_core.types import Episode, Purpose, RewardSignal

LONGEST_NS = 10 * 24 * 3600 * 1_000_000_000  # ten days: a stamp beyond is wrong, and a bag could not hold it
FLOAT, PIXEL = np.dtype(np.float32), np.dtype(np.uint8)


def check_signal(signal: RewardSignal, config: RunConfig) -> None:
    """Check the reward signal of a decision.

    Raises:
        InvalidRequest: its reward or an executed action is not finite, or not 1 to `policy.execute` actions of the
            contract's size were executed.
    """
    size, execute, shape = config.platform.action.size, config.platform.policy.execute, signal.executed.shape
    if not np.isfinite(signal.reward):
        raise InvalidRequest(f"the reward of a decision is {signal.reward}; it must be finite")
    if len(shape) != 2 or shape[1] != size or not 1 <= shape[0] <= execute:
        raise InvalidRequest(f"the executed actions have shape {shape}; expected (1 to {execute}, {size})")
    if not np.isfinite(signal.executed).all():
        raise InvalidRequest("an executed action is not finite")


def check_episode(episode: Episode, config: RunConfig) -> None:
    """Check a settled episode against the run's settings.

    Raises:
        InvalidRequest: an array has another shape or type, a number is not finite or out of its range, the episode has
            no end, or its group does not fit its purpose; names the episode and what it has.
    """
    name, n = f"episode {episode.episode} of {episode.robot}", episode.decisions
    training, ended = episode.purpose is Purpose.TRAIN, episode.terminated or episode.truncated
    _demand(n >= 1, f"{name} has no decision")
    _demand(ended, f"{name} has no end: it is neither terminated nor truncated")
    _demand(
        (episode.group == TRAIN) == training, f"{name} has the purpose {episode.purpose} in the group {episode.group!r}"
    )
    _check_rows(name, _frames(episode), _frame_layout(config), n + 1)
    _check_rows(name, _decisions(episode), _decision_layout(episode, config), n)
    actions = {"actions": episode.actions}
    _check_rows(name, actions, {"actions": Leaf((config.platform.action.size,), FLOAT)}, episode.env_steps)
    if episode.actors is not None:
        _check_rows(name, {"actors": episode.actors}, {"actors": Leaf((), PIXEL)}, episode.env_steps)
    if episode.residuals is not None:
        _check_rows(name, {"residuals": episode.residuals}, {"residuals": Leaf((), FLOAT)}, n)
    _check_ranges(name, episode, config.platform.policy.execute)


def check_scheduled(episode: Episode, config: RunConfig) -> None:
    """Check an episode that a run is to record: as `check_episode`, and its group is one of the schedule's.

    Raises:
        InvalidRequest: it is not so; names the episode and what it has.
    """
    check_episode(episode, config)
    _demand(
        is_group(episode.group),
        f"episode {episode.episode} of {episode.robot} is of the group {episode.group!r}, which no schedule has",
    )


def _check_ranges(name: str, episode: Episode, execute: int) -> None:
    stamps, executed, versions = episode.stamps_ns, episode.n_executed, episode.params_versions
    rising = stamps[0] == 0 and (stamps[:-1] < stamps[1:]).all() and stamps[-1] <= LONGEST_NS
    _demand(rising, f"{name} has stamps_ns {stamps}; they must rise from 0 to at most {LONGEST_NS}")
    _demand(
        ((executed >= 1) & (executed <= execute)).all(), f"{name} has n_executed {executed}; allowed: 1 to {execute}"
    )
    _demand((versions >= 0).all(), f"{name} has params_versions {versions}; none may be negative")
    sources = len(episode.noise_sources)
    _demand(sources == episode.decisions, f"{name} has {sources} noise_sources for {episode.decisions} decisions")


def _frames(episode: Episode) -> Arrays:
    frames: Arrays = {
        "stamps_ns": episode.stamps_ns,
        "images": episode.images,
        "states": episode.states,
        "features": episode.features,
    }
    return frames if episode.policy_images is None else {**frames, "policy_images": episode.policy_images}


def _frame_layout(config: RunConfig) -> Layout:
    shapes, platform = LearnerShapes.of(config), config.platform
    layout = {
        "stamps_ns": Leaf((), np.dtype(np.int64)),
        "images": Leaf(shapes.image, PIXEL),
        "states": Leaf((shapes.state_dim,), FLOAT),
        "features": Leaf((shapes.feature_dim,), FLOAT),
    }
    if not needs_of(config).policy_images:
        return layout
    seen = [platform.observation.cameras[name] for name in platform.policy_cameras]
    size = (seen[0].height, seen[0].width) if seen else (1, 1)
    return {**layout, "policy_images": Leaf((len(seen), *size, 3), PIXEL)}


def _decisions(episode: Episode) -> Arrays:
    return {
        "noises": episode.noises,
        "rewards": episode.rewards,
        "n_executed": episode.n_executed,
        "params_versions": episode.params_versions,
    }


def _decision_layout(episode: Episode, config: RunConfig) -> Layout:
    noise, horizon = LearnerShapes.of(config).noise, config.platform.policy.horizon
    vectors = episode.noises.shape[1:2]
    free = episode.purpose is Purpose.EVAL and (1,) <= vectors <= (
        horizon,
    )  # a baseline's, or another parametrisation's
    return {
        "noises": Leaf((vectors[0], noise[1]) if free else noise, FLOAT),
        "rewards": Leaf((), FLOAT),
        "n_executed": Leaf((), np.dtype(np.int32)),
        "params_versions": Leaf((), np.dtype(np.int64)),
    }


def _check_rows(name: str, values: Arrays, layout: Layout, rows: int) -> None:
    try:
        check_rows(name, values, layout, rows)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def _demand(met: bool | np.bool_, otherwise: str) -> None:
    if not met:
        raise InvalidRequest(otherwise)
