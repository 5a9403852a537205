"""Conversion of messages between episodes: requests, settled episodes and actor parameters."""

from array import array
from collections.abc import Mapping, Sequence

import numpy as np

from dsrl_core.errors import InvalidRequest
from dsrl_core.record.fields import enum_member, episode_from_fields, episode_to_fields
from dsrl_core.types import ActorParams, Episode, EpisodeRequest, Purpose
from dsrl_ros import msg
from dsrl_ros.interface.conversion.arrays import filled

LAST_EPISODE = 2**32 - 2  # episode numbers are uint32, and another one follows
REQUEST_FIELDS = ("run_id", "robot", "episode", "group", "index", "seed", "variant", "max_steps", "record", "expert")


def request_message(request: EpisodeRequest) -> msg.StartEpisode:
    fields = {name: getattr(request, name) for name in REQUEST_FIELDS}
    return msg.StartEpisode(purpose=str(request.purpose), **fields)


def request_of(message: msg.StartEpisode) -> EpisodeRequest:
    """Raises InvalidRequest if the purpose is unknown."""
    fields = {name: getattr(message, name) for name in REQUEST_FIELDS}
    return EpisodeRequest(purpose=enum_member(Purpose, message.purpose, "StartEpisode.purpose"), **fields)


def episode_message(episode: Episode) -> msg.Episode:
    message = msg.Episode()
    for name, value in episode_to_fields(episode).items():
        setattr(message, name, filled(value) if isinstance(value, np.ndarray) else value)
    return message


def episode_of(message: msg.Episode) -> Episode:
    """Raises InvalidRequest if a length does not fit its shape, or a name is unknown."""
    return episode_from_fields(message)


def params_message(params: ActorParams) -> msg.ActorParams:
    message = msg.ActorParams(run_id=params.run_id, version=params.version, sha256=params.sha256)
    message.robots, message.after_episode = robot_lists(params.after_episode)
    message.data = array("B", params.data)
    return message


def params_of(message: msg.ActorParams) -> ActorParams:
    """Raises InvalidRequest if there is not one episode per robot. Who uses the data checks it, see `NoiseActor`."""
    return ActorParams(
        run_id=message.run_id,
        version=message.version,
        after_episode=per_robot(message.robots, message.after_episode, "ActorParams.after_episode"),
        sha256=message.sha256,
        data=bytes(message.data),
    )


def robot_lists(numbers: Mapping[str, int]) -> tuple[list[str], "array[int]"]:
    """A number per robot as two lists, robots and numbers, for the fields of a message."""
    return list(numbers), array("q", numbers.values())


def per_robot(robots: Sequence[str], numbers: Sequence[int], where: str) -> dict[str, int]:
    """Robot -> number, from two lists in the fields of a message.

    Raises:
        InvalidRequest: the lists differ in length, or a number is below -1 or above what an episode's may be.
    """
    if len(robots) != len(numbers):
        raise InvalidRequest(f"{where}: expected {len(robots)} values, one per robot, got {len(numbers)}")
    wrong = [number for number in numbers if not -1 <= number <= LAST_EPISODE]
    if wrong:
        raise InvalidRequest(f"{where}: expected -1 to {LAST_EPISODE}, got {wrong[0]}")
    return {robot: int(number) for robot, number in zip(robots, numbers, strict=True)}
