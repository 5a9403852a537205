"""Conversion of joint states and poses."""

import struct
from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState

from dsrl_core.environment.rotation import axis_angle, quaternion
from dsrl_core.errors import InvalidRequest, excerpt
from dsrl_core.types import F32
from dsrl_ros.interface.conversion.arrays import filled, finite
from dsrl_ros.interface.conversion.stamps import header

STAMP_OFFSET, TAIL_BYTES = 4, 8  # CDR: encapsulation before the header's stamp; empty velocity and effort at the end
MARK = -1234.5  # placeholder for a position, by which its offset in the serialised message is found; exact in float32


def joint_state_message(names: Sequence[str], values: F32, stamp: int) -> JointState:
    """Named values f32[s] at `stamp` ns, exactly, in the float64 positions of a `JointState`."""
    message = JointState(header=header(stamp), name=list(names))
    message.position = filled(np.asarray(values, np.float64))
    return message


class SerialisedJointState:
    """A `JointState` serialised once; at each tick only its stamp and its positions are replaced.

    Serialising fourteen names takes longer than sending the message.
    """

    def __init__(self, names: Sequence[str]) -> None:
        marks = np.full(len(names), MARK, "<f8").tobytes()
        message = joint_state_message(names, np.full(len(names), MARK, np.float32), 0)
        data = serialize_message(message)
        self._positions = data.rindex(marks)
        self._data = bytearray(data[: self._positions + len(marks) + TAIL_BYTES])  # rclpy may append unused bytes

    def at(self, values: F32, stamp: int) -> bytes:
        """The message with positions `values` f32[s] and `stamp` in ns, for a publisher of `JointState`."""
        struct.pack_into("<iI", self._data, STAMP_OFFSET, *divmod(stamp, 1_000_000_000))
        positions = np.asarray(values, "<f8").tobytes()
        self._data[self._positions : self._positions + len(positions)] = positions
        return bytes(self._data)


def joint_state_of(message: JointState) -> dict[str, float]:
    """Name -> position.

    Raises:
        InvalidRequest: names and positions differ in number, or a name is repeated.
    """
    values = dict(zip(message.name, message.position, strict=False))
    if not len(message.name) == len(message.position) == len(values):
        raise InvalidRequest(
            f"JointState: expected as many positions as distinct names, got {len(message.position)} positions for "
            f"{len(message.name)} names, {len(set(message.name))} of them distinct: {excerpt(list(message.name))}"
        )
    return values


def pose_message(values: F32, stamp: int) -> PoseStamped:
    """Position, m, and axis-angle vector, rad, up to 2 pi, f32[6], at `stamp` ns."""
    message = PoseStamped(header=header(stamp))
    place, turn = message.pose.position, message.pose.orientation
    place.x, place.y, place.z = map(float, values[:3])
    turn.x, turn.y, turn.z, turn.w = map(float, quaternion(values[3:]))
    return message


def pose_of(message: PoseStamped) -> F32:
    """Position, m, and axis-angle vector, rad, f32[6]: exactly the values that `pose_message` took.

    Raises:
        InvalidRequest: a value is not finite, or the orientation is no unit quaternion.
    """
    place, turn = message.pose.position, message.pose.orientation
    position = [finite(getattr(place, axis), f"PoseStamped.pose.position.{axis}") for axis in "xyz"]
    try:
        rotation = axis_angle([turn.x, turn.y, turn.z, turn.w])
    except InvalidRequest as error:
        raise InvalidRequest(f"PoseStamped.pose.orientation: {error}") from error
    return np.concatenate([np.array(position, np.float32), rotation])
