"""Message <-> core type: the one place. What arrives malformed is an `InvalidRequest`: field, expected, actual.

Arrays are filled through `array.array` and read through the buffer protocol, without a copy where the layout allows;
a list or an ndarray assigned to a message field costs a thousand times as much.
"""

import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Header

from dsrl_core.errors import InvalidRequest
from dsrl_core.execution.step import Step
from dsrl_core.record.fields import episode_from_fields, episode_to_fields, reshape, word
from dsrl_core.types import (
    F32,
    U8,
    ActionChunk,
    ActorParams,
    Episode,
    EpisodeRequest,
    Noise,
    NoiseSource,
    Purpose,
    RewardSignal,
    TaskEvent,
)
from dsrl_ros import msg

TYPECODES = {"float32": "f", "float64": "d", "uint8": "B", "uint32": "I", "int64": "q", "uint64": "Q"}
CHANNELS = {"rgb8": (0, 1, 2), "rgba8": (0, 1, 2), "bgr8": (2, 1, 0), "bgra8": (2, 1, 0), "mono8": (0, 0, 0)}
PIXEL_BYTES = {"rgb8": 3, "rgba8": 4, "bgr8": 3, "bgra8": 4, "mono8": 1}
REQUEST_FIELDS = ("run_id", "robot", "episode", "group", "index", "seed", "variant", "max_steps", "record")


@dataclass(frozen=True, slots=True)
class EpisodeId:
    """Which episode a message belongs to; foreign ones are ignored."""

    run_id: str
    robot: str
    episode: int


def episode_id(message: Any) -> EpisodeId:
    """The id that a message of ours carries."""
    return EpisodeId(message.run_id, message.robot, message.episode)


def time_message(stamp_ns: int) -> Time:
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return Time(sec=sec, nanosec=nanosec)


def stamp_ns(time: Time) -> int:
    return time.sec * 1_000_000_000 + time.nanosec


def serialised_stamp_ns(data: bytes) -> int:
    """The header's stamp of a serialised message that begins with a header: CDR, four bytes of encapsulation first."""
    sec, nanosec = struct.unpack_from("<iI" if data[1] & 1 else ">iI", data, 4)
    return int(sec) * 1_000_000_000 + int(nanosec)


def header(stamp: int, frame_id: str = "") -> Header:
    """A header with `stamp` in ns."""
    return Header(stamp=time_message(stamp), frame_id=frame_id)


def image_message(image: U8, stamp: int, frame_id: str = "") -> Image:
    """uint8 [h, w, 3] rgb at `stamp` ns as an rgb8 `Image`."""
    height, width, _ = image.shape
    message = Image(header=header(stamp, frame_id), height=height, width=width, encoding="rgb8", step=3 * width)
    message.data = _filled(image)
    return message


def image_of(message: Image) -> U8:
    """The pixels of an 8-bit `Image` as uint8 [h, w, 3] rgb; rows may be padded, alpha is dropped.

    Raises:
        InvalidRequest: the encoding is none of `CHANNELS`, or the length does not fit the size.
    """
    if message.encoding not in CHANNELS:
        raise InvalidRequest(f"Image.encoding={message.encoding!r} is unknown; allowed: {', '.join(CHANNELS)}")
    height, width, channels = message.height, message.width, PIXEL_BYTES[message.encoding]
    if not (height and width and message.step >= width * channels):
        raise InvalidRequest(
            f"Image: expected height, width >= 1 and step >= {width * channels} for {message.encoding}, "
            f"got height {height}, width {width}, step {message.step}"
        )
    rows = reshape(message.data, np.uint8, (height, message.step), "Image.data")
    pixels = rows[:, : width * channels].reshape(height, width, channels)
    if message.encoding == "rgb8":
        return pixels
    rgb = np.empty((height, width, 3), np.uint8)
    for target, source in enumerate(CHANNELS[message.encoding]):
        rgb[..., target] = pixels[..., source]
    return rgb


def joint_state_message(names: Sequence[str], values: F32, stamp: int) -> JointState:
    """Named values f32[s] at `stamp` ns, exactly, in the float64 positions of a `JointState`."""
    message = JointState(header=header(stamp), name=list(names))
    message.position = _filled(np.asarray(values, np.float64))
    return message


def restamped(message: JointState, values: F32, stamp: int) -> JointState:
    """`message` itself with other values f32[s] and stamp in ns; its names stay."""
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 1_000_000_000)
    message.position = _filled(np.asarray(values, np.float64))
    return message


def joint_state_of(message: JointState) -> dict[str, float]:
    """Name -> position.

    Raises:
        InvalidRequest: names and positions differ in number, or a name comes twice.
    """
    values = dict(zip(message.name, message.position, strict=False))
    if not len(message.name) == len(message.position) == len(values):
        raise InvalidRequest(
            f"JointState: expected as many positions as distinct names, "
            f"got {len(message.position)} positions for {list(message.name)}"
        )
    return values


def chunk_message(chunk: ActionChunk, who: EpisodeId, decision: int) -> msg.ActionChunk:
    message = _marked(msg.ActionChunk(), who, chunk.stamp_ns)
    message.decision, message.execute, message.dt_s = decision, chunk.execute, chunk.dt_s
    message.horizon, message.action_dim = chunk.actions.shape
    message.actions = _filled(chunk.actions)
    message.noise_source = str(chunk.noise.source)
    message.noise_vectors, message.noise_dim = chunk.noise.values.shape
    message.noise = _filled(chunk.noise.values)
    message.params_version = chunk.noise.params_version
    return message


def chunk_of(message: msg.ActionChunk) -> ActionChunk:
    """Raises InvalidRequest where a length does not fit its shape, or `execute` not the horizon."""
    if not 1 <= message.execute <= message.horizon:
        raise InvalidRequest(f"ActionChunk.execute: expected 1 to horizon={message.horizon}, got {message.execute}")
    noise_shape = (message.noise_vectors, message.noise_dim)
    noise = Noise(
        values=reshape(message.noise, np.float32, noise_shape, "ActionChunk.noise"),
        source=word(NoiseSource, message.noise_source, "ActionChunk.noise_source"),
        params_version=message.params_version,
    )
    return ActionChunk(
        stamp_ns=stamp_ns(message.header.stamp),
        actions=reshape(message.actions, np.float32, (message.horizon, message.action_dim), "ActionChunk.actions"),
        execute=message.execute,
        dt_s=message.dt_s,
        noise=noise,
    )


def action_message(step: Step, who: EpisodeId) -> msg.Action:
    message = _marked(msg.Action(), who, step.stamp_ns)
    message.decision, message.index, message.decision_due = step.decision, step.index, step.decision_due
    message.values = _filled(step.values)
    return message


def action_of(message: msg.Action) -> Step:
    return Step(
        stamp_ns=stamp_ns(message.header.stamp),
        decision=message.decision,
        index=message.index,
        values=np.asarray(message.values, np.float32),
        decision_due=message.decision_due,
    )


def task_event_message(event: TaskEvent, who: EpisodeId) -> msg.TaskEvent:
    message = _marked(msg.TaskEvent(), who, event.stamp_ns)
    message.native_reward_sum = event.native_reward_sum
    message.success, message.time_out, message.label = event.success, event.time_out, event.label
    message.action_dim = event.executed.shape[1]
    message.executed = _filled(event.executed)
    return message


def task_event_of(message: msg.TaskEvent) -> TaskEvent:
    """Raises InvalidRequest where `executed` is no whole number of actions."""
    return TaskEvent(
        stamp_ns=stamp_ns(message.header.stamp),
        native_reward_sum=message.native_reward_sum,
        success=message.success,
        time_out=message.time_out,
        label=message.label,
        executed=_actions(message, "TaskEvent.executed"),
    )


def reward_message(signal: RewardSignal, who: EpisodeId) -> msg.RewardSignal:
    message = _marked(msg.RewardSignal(), who, signal.stamp_ns)
    message.reward, message.success = signal.reward, signal.success
    message.terminated, message.truncated = signal.terminated, signal.truncated
    message.action_dim = signal.executed.shape[1]
    message.executed = _filled(signal.executed)
    return message


def reward_of(message: msg.RewardSignal) -> RewardSignal:
    """Raises InvalidRequest where `executed` is no whole number of actions."""
    return RewardSignal(
        stamp_ns=stamp_ns(message.header.stamp),
        reward=message.reward,
        terminated=message.terminated,
        truncated=message.truncated,
        success=message.success,
        executed=_actions(message, "RewardSignal.executed"),
    )


def request_message(request: EpisodeRequest) -> msg.StartEpisode:
    fields = {name: getattr(request, name) for name in REQUEST_FIELDS}
    return msg.StartEpisode(purpose=str(request.purpose), **fields)


def request_of(message: msg.StartEpisode) -> EpisodeRequest:
    """Raises InvalidRequest where the purpose is unknown."""
    fields = {name: getattr(message, name) for name in REQUEST_FIELDS}
    return EpisodeRequest(purpose=word(Purpose, message.purpose, "StartEpisode.purpose"), **fields)


def episode_message(episode: Episode) -> msg.Episode:
    message = msg.Episode()
    for name, value in episode_to_fields(episode).items():
        setattr(message, name, _filled(value) if isinstance(value, np.ndarray) else value)
    return message


def episode_of(message: msg.Episode) -> Episode:
    """Raises InvalidRequest where a length does not fit its shape, or a word is unknown."""
    return episode_from_fields(message)


def params_message(params: ActorParams) -> msg.ActorParams:
    message = msg.ActorParams(run_id=params.run_id, version=params.version, sha256=params.sha256)
    message.robots, message.after_episode = robot_lists(params.after_episode)
    message.data = array("B", params.data)
    return message


def params_of(message: msg.ActorParams) -> ActorParams:
    """Raises InvalidRequest where robots and their episodes differ in number."""
    return ActorParams(
        run_id=message.run_id,
        version=message.version,
        after_episode=per_robot(message.robots, message.after_episode, "ActorParams.after_episode"),
        sha256=message.sha256,
        data=bytes(message.data),
    )


def robot_lists(numbers: Mapping[str, int]) -> tuple[list[str], "array[int]"]:
    """A number per robot as the parallel fields of a message."""
    return list(numbers), array("q", numbers.values())


def per_robot(robots: Sequence[str], numbers: Sequence[int], where: str) -> dict[str, int]:
    """Robot -> number, from the parallel fields of a message.

    Raises:
        InvalidRequest: they differ in number.
    """
    if len(robots) != len(numbers):
        raise InvalidRequest(f"{where}: expected {len(robots)} values, one per robot, got {len(numbers)}")
    return {robot: int(number) for robot, number in zip(robots, numbers, strict=True)}


def _marked(message: Any, who: EpisodeId, stamp: int) -> Any:
    message.header = header(stamp)
    message.run_id, message.robot, message.episode = who.run_id, who.robot, who.episode
    return message


def _actions(message: Any, where: str) -> F32:
    dim = message.action_dim
    count = len(message.executed) // dim if dim else 0
    return reshape(message.executed, np.float32, (count, dim), where)


def _filled(values: NDArray[Any]) -> "array[Any]":
    flat = np.ascontiguousarray(values).reshape(-1)
    filled: array[Any] = array(TYPECODES[flat.dtype.name])
    filled.frombytes(flat.view(np.uint8).data)
    return filled
