"""Episodes as frames of a LeRobot dataset: at decisions, with chunks as actions, or at control steps.

What a policy of this package saw, it saw at decisions. A frame per decision, whose action is the whole chunk that was
carried out, repeats that without a guess. A frame per control step is what policies of other packages usually take;
between decisions it repeats an old state and picture, and says how old they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.config.platform import Platform
from dsrl_core.exchange.played import Played
from dsrl_core.exchange.tables import times_s
from dsrl_core.types import F32, U8, Actor, Episode

STATE, ACTION, CAMERA = "observation.state", "action", "observation.images."
EXECUTED, AGE = "n_executed", "age_steps"  # the columns by which the two kinds of frames are known again
SUCCESS = "next.success"
INDICES = ("frame_index", "episode_index", "index", "task_index")


class Frames(StrEnum):
    """Of what there is a frame."""

    DECISIONS = "decisions"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class EpisodeFrames:
    """One episode: values by feature, and the pictures that belong to them."""

    values: Mapping[str, NDArray[Any]]  # feature -> [n] or [n, size]
    pictures: Mapping[str, U8]  # camera -> [n, h, w, 3]

    @property
    def count(self) -> int:
        return len(self.values[STATE])


def frames_per_second(platform: Platform, kind: Frames) -> Fraction:
    """Of the dataset: the rate of decisions, or of control steps."""
    rate = Fraction(platform.action.rate_hz).limit_denominator(1000)
    return rate / platform.policy.execute if kind is Frames.DECISIONS else rate


def episode_frames(played: Played, platform: Platform, kind: Frames) -> EpisodeFrames:
    """The frames of an episode; what was seen after its last step has none, as no action follows."""
    episode = played.episode
    at = np.arange(episode.decisions)
    values = _of_decisions(episode, platform.policy.execute)
    if kind is Frames.STEPS:
        at = np.repeat(at, episode.n_executed)
        values = _of_steps(episode, platform.action.rate_hz)
    last = np.arange(len(at)) == len(at) - 1
    values |= {"next.done": last, SUCCESS: last & episode.success}
    pictures = {camera: images[at] for camera, images in played.pictures.items()}
    return EpisodeFrames({STATE: episode.states[at], **values}, pictures)


def _of_decisions(episode: Episode, execute: int) -> dict[str, NDArray[Any]]:
    persons = persons_of(episode)
    ends = episode.n_executed.cumsum()
    parts = list(zip(ends - episode.n_executed, ends, strict=True))
    return {
        ACTION: np.stack([_chunk(episode.actions[first:end], execute) for first, end in parts]),
        EXECUTED: episode.n_executed.astype(np.int64),
        "person_steps": np.array([persons[first:end].sum() for first, end in parts], np.int64),
        "next.reward": episode.rewards,
        "time_s": np.array(times_s(episode)[:-1]),
    }


def _of_steps(episode: Episode, rate_hz: float) -> dict[str, NDArray[Any]]:
    ends = episode.n_executed.cumsum()
    age = np.concatenate([np.arange(count) for count in episode.n_executed])
    rewards = np.zeros(episode.env_steps, np.float32)
    rewards[ends - 1] = episode.rewards
    return {
        ACTION: episode.actions,
        AGE: age.astype(np.int64),
        "person_steps": persons_of(episode).astype(np.int64),
        "next.reward": rewards,
        "time_s": np.repeat(times_s(episode)[:-1], episode.n_executed) + age / rate_hz,
    }


def _chunk(actions: F32, execute: int) -> F32:
    """The actions of one decision, flat; where it was cut short, the last one is repeated."""
    return actions[np.minimum(np.arange(execute), len(actions) - 1)].ravel()


def persons_of(episode: Episode) -> NDArray[np.bool_]:
    """The control steps, bool, in which a person acted."""
    if episode.actors is None:
        return np.zeros(episode.env_steps, bool)
    return np.asarray(episode.actors == Actor.PERSON)


def features(
    first: EpisodeFrames, platform: Platform, kind: Frames, pictures: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """LeRobot's description of each column and camera, for `info.json`.

    Args:
        first: any of the episodes.
        platform: names states and actions.
        kind: of the frames.
        pictures: dtype, and what else there is to say, of each camera.
    """
    named = {STATE: list(platform.state_names), ACTION: action_names(platform, kind)}
    found: dict[str, Any] = {}
    for camera, images in first.pictures.items():
        names = ["height", "width", "channels"]
        found[f"{CAMERA}{camera}"] = {"shape": list(images.shape[1:]), "names": names, **pictures[camera]}
    for key, values in first.values.items():
        size = values.shape[1] if values.ndim == 2 else 1
        found[key] = {"dtype": str(values.dtype), "shape": [size], "names": named.get(key)}
    found["timestamp"] = {"dtype": "float32", "shape": [1], "names": None}
    return found | {key: {"dtype": "int64", "shape": [1], "names": None} for key in INDICES}


def action_names(platform: Platform, kind: Frames) -> list[str]:
    """Of each value of an action; of a chunk with the step within it, as `gripper+3`."""
    names = platform.action.names
    if kind is Frames.STEPS or platform.policy.execute == 1:
        return list(names)
    return [f"{name}+{step}" for step in range(platform.policy.execute) for name in names]
