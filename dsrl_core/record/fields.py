"""Converts episodes to and from the flat fields of `msg/Episode.msg`, without ROS; bags and ROS messages use it."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import F32, U8, Actor, Episode, NoiseSource, Purpose

E = TypeVar("E", bound=StrEnum)
OPTIONAL = frozenset(
    {"policy_image_shape", "policy_images", "actors", "residuals"}
)  # what a bag of an earlier version may lack
PLAIN = ("run_id", "robot", "episode", "group", "index", "seed", "terminated", "truncated", "success", "dropped_before")


def episode_to_fields(episode: Episode) -> dict[str, Any]:
    """Every field of `msg/Episode.msg`, in its order.

    Returns:
        name -> str, int, bool, list[str], or a flat C-order array of the field's dtype (not copied if it fits already).
    """
    seen = episode.policy_images
    return {
        "run_id": episode.run_id,
        "robot": episode.robot,
        "episode": episode.episode,
        "purpose": str(episode.purpose),
        "group": episode.group,
        "index": episode.index,
        "seed": episode.seed,
        "stamps_ns": _ravel(episode.stamps_ns, np.int64),
        "image_shape": np.array(episode.images.shape, np.uint32),
        "images": _ravel(episode.images, np.uint8),
        "policy_image_shape": np.array(() if seen is None else seen.shape, np.uint32),
        "policy_images": _ravel(np.zeros(0, np.uint8) if seen is None else seen, np.uint8),
        "state_dim": episode.states.shape[1],
        "states": _ravel(episode.states, np.float32),
        "feature_dim": episode.features.shape[1],
        "features": _ravel(episode.features, np.float32),
        "noise_shape": np.array(episode.noises.shape, np.uint32),
        "noises": _ravel(episode.noises, np.float32),
        "noise_sources": [str(source) for source in episode.noise_sources],
        "params_versions": _ravel(episode.params_versions, np.uint64),
        "action_dim": episode.actions.shape[1],
        "actions": _ravel(episode.actions, np.float32),
        "actors": actors_field(episode.actors),
        "n_executed": _ravel(episode.n_executed, np.uint32),
        "rewards": _ravel(episode.rewards, np.float32),
        "residuals": _ravel(np.zeros(0, np.float32) if episode.residuals is None else episode.residuals, np.float32),
        "terminated": episode.terminated,
        "truncated": episode.truncated,
        "success": episode.success,
        "dropped_before": episode.dropped_before,
    }


def episode_from_fields(message: Any) -> Episode:
    """The episode in a message: any object with the attributes of `msg/Episode.msg`, from ROS or read from a bag.

    Arrays are views of the message's memory if the dtype allows it.

    Raises:
        InvalidRequest: a length does not fit its shape, or a name is unknown; names field, expected and actual.
    """
    shape = [int(size) for size in message.noise_shape]
    n = shape[0] if len(shape) == 3 else -1
    if n < 1:
        raise InvalidRequest(f"Episode.noise_shape: expected (n >= 1, k, d), got {tuple(shape)}")
    views = _image_shape(message.image_shape, n, "Episode.image_shape")
    n_executed = reshape(message.n_executed, np.int32, (n,), "Episode.n_executed")
    return Episode(
        **{name: _plain(getattr(message, name)) for name in PLAIN},
        purpose=enum_member(Purpose, message.purpose, "Episode.purpose"),
        stamps_ns=reshape(message.stamps_ns, np.int64, (n + 1,), "Episode.stamps_ns"),
        images=reshape(message.images, np.uint8, views, "Episode.images"),
        policy_images=_policy_images(message, n),
        states=reshape(message.states, np.float32, (n + 1, message.state_dim), "Episode.states"),
        features=reshape(message.features, np.float32, (n + 1, message.feature_dim), "Episode.features"),
        noises=reshape(message.noises, np.float32, shape, "Episode.noises"),
        noise_sources=_sources(message.noise_sources, n),
        params_versions=reshape(message.params_versions, np.int64, (n,), "Episode.params_versions"),
        actions=reshape(message.actions, np.float32, (int(n_executed.sum()), message.action_dim), "Episode.actions"),
        actors=actors_of(message, int(n_executed.sum()), "Episode.actors"),
        n_executed=n_executed,
        rewards=reshape(message.rewards, np.float32, (n,), "Episode.rewards"),
        residuals=_residuals(message, n),
    )


def actors_field(actors: U8 | None) -> U8:
    """Who acted at each step, as a message has it: empty for None."""
    return np.zeros(0, np.uint8) if actors is None else _ravel(actors, np.uint8)


def actors_of(message: Any, steps: int, where: str) -> U8 | None:
    """Who acted at each of `steps` steps, u8[steps]; None if the message does not say, as one of an earlier version.

    Raises:
        InvalidRequest: there is not one actor per step, or one is unknown.
    """
    values = getattr(message, "actors", ())
    if not len(values):
        return None
    actors = reshape(values, np.uint8, (steps,), where)
    if actors.max() > max(Actor):
        raise InvalidRequest(f"{where}: expected {min(Actor)} to {max(Actor)}, got {actors.max()}")
    return actors


def reshape(values: Any, dtype: DTypeLike, shape: Sequence[int], where: str) -> NDArray[Any]:
    """Flat `values` in `shape`; a view if the dtype is already right.

    Raises:
        InvalidRequest: the number of values does not fit the shape.
    """
    flat = np.asarray(values, dtype)
    shape = tuple(int(size) for size in shape)
    if flat.size != math.prod(shape):
        raise InvalidRequest(f"{where}: expected {math.prod(shape)} values for shape {shape}, got {flat.size}")
    return flat.reshape(shape)


def enum_member(kind: type[E], value: str, where: str) -> E:
    """The member of the enumeration `kind` whose value is the text `value`.

    Raises:
        InvalidRequest: there is none; names the field `where` and what is allowed.
    """
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidRequest(f"{where}={value!r} is unknown; allowed: {', '.join(kind)}") from error


def _sources(values: Sequence[str], n: int) -> tuple[NoiseSource, ...]:
    if len(values) != n:
        raise InvalidRequest(f"Episode.noise_sources: expected {n} values, got {len(values)}")
    return tuple(enum_member(NoiseSource, value, "Episode.noise_sources") for value in values)


def _residuals(message: Any, n: int) -> F32 | None:
    """The residuals of an operator's noises; None if the message has none, also if it is of a version without them."""
    values = getattr(message, "residuals", ())
    return reshape(values, np.float32, (n,), "Episode.residuals") if len(values) else None


def _policy_images(message: Any, n: int) -> U8 | None:
    """The policy's images; None if the message has none, also if it is of a version without this field."""
    shape = getattr(message, "policy_image_shape", ())
    if not len(shape):
        return None
    shape = _image_shape(shape, n, "Episode.policy_image_shape")
    return reshape(message.policy_images, np.uint8, shape, "Episode.policy_images")


def _image_shape(values: Any, n: int, where: str) -> tuple[int, ...]:
    shape = tuple(int(size) for size in values)
    if len(shape) != 5 or shape[0] != n + 1 or shape[4] != 3:
        raise InvalidRequest(f"{where}: expected ({n + 1}, cameras, height, width, 3), got {shape}")
    return shape


def _ravel(values: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    return np.ascontiguousarray(values, dtype).reshape(-1)


def _plain(value: Any) -> Any:
    """A Python number for a numpy one, which fields read from a bag may be."""
    return value.item() if isinstance(value, np.generic) else value
