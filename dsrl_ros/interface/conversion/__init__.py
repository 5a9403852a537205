"""Conversion between messages and core types. A malformed message raises InvalidRequest: field, expected, actual."""

from dsrl_ros.interface.conversion.arrays import finite, finite_doubles
from dsrl_ros.interface.conversion.commands import MESSAGE_TYPES, command_message, knots_of
from dsrl_ros.interface.conversion.control import (
    action_message,
    action_of,
    chunk_message,
    chunk_of,
    reward_message,
    reward_of,
    status_of,
    task_event_message,
    task_event_of,
)
from dsrl_ros.interface.conversion.images import LAYOUTS, image_message, image_of
from dsrl_ros.interface.conversion.learning import (
    REQUEST_FIELDS,
    episode_message,
    episode_of,
    params_message,
    params_of,
    per_robot,
    request_message,
    request_of,
    robot_lists,
)
from dsrl_ros.interface.conversion.operator import event_message, event_of, takeover_message, takeover_of
from dsrl_ros.interface.conversion.sensors import (
    SerialisedJointState,
    joint_state_message,
    joint_state_of,
    pose_message,
    pose_of,
)
from dsrl_ros.interface.conversion.stamps import (
    EpisodeId,
    episode_id,
    header,
    serialised_stamp_ns,
    stamp_ns,
    time_message,
    with_id,
)

__all__ = [
    "LAYOUTS",
    "MESSAGE_TYPES",
    "REQUEST_FIELDS",
    "EpisodeId",
    "SerialisedJointState",
    "action_message",
    "action_of",
    "chunk_message",
    "chunk_of",
    "command_message",
    "episode_id",
    "episode_message",
    "episode_of",
    "event_message",
    "event_of",
    "finite",
    "finite_doubles",
    "header",
    "image_message",
    "image_of",
    "joint_state_message",
    "joint_state_of",
    "knots_of",
    "params_message",
    "params_of",
    "per_robot",
    "pose_message",
    "pose_of",
    "request_message",
    "request_of",
    "reward_message",
    "reward_of",
    "robot_lists",
    "serialised_stamp_ns",
    "stamp_ns",
    "status_of",
    "takeover_message",
    "takeover_of",
    "task_event_message",
    "task_event_of",
    "time_message",
    "with_id",
]
