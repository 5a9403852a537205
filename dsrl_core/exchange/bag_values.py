"""Numbers and pictures of foreign messages: of the usual types by themselves, of any other by the name of a field."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsrl_core.config.platform import POSE_NAMES
from dsrl_core.environment.rotation import axis_angle
from dsrl_core.errors import ConfigError, InvalidRequest, excerpt
from dsrl_core.types import U8

Named = tuple[tuple[str, ...], NDArray[Any]]  # name of each value where there are any; values [size]
IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
ENCODINGS = {"rgb8": (3, (0, 1, 2)), "bgr8": (3, (2, 1, 0)), "rgba8": (4, (0, 1, 2)), "bgra8": (4, (2, 1, 0))}
ENCODINGS |= {"mono8": (1, (0, 0, 0))}
LARGEST_SIDE = 8192
TWIST = ("x", "y", "z", "rx", "ry", "rz")


def _pose(pose: Any) -> Named:
    at, turned = pose.position, pose.orientation
    rotation = axis_angle((turned.x, turned.y, turned.z, turned.w))
    return POSE_NAMES, np.array([at.x, at.y, at.z, *rotation])


def _twist(twist: Any) -> Named:
    linear, angular = twist.linear, twist.angular
    return TWIST, np.array([linear.x, linear.y, linear.z, angular.x, angular.y, angular.z])


def _trajectory(message: Any) -> Named:
    """The first point of a trajectory."""
    if not message.points:
        raise ValueError("a trajectory without points")
    return tuple(message.joint_names), np.asarray(message.points[0].positions)


READERS: dict[str, Callable[[Any], Named]] = {
    "sensor_msgs/msg/JointState": lambda message: (tuple(message.name), np.asarray(message.position)),
    "trajectory_msgs/msg/JointTrajectory": _trajectory,
    "geometry_msgs/msg/Pose": _pose,
    "geometry_msgs/msg/PoseStamped": lambda message: _pose(message.pose),
    "geometry_msgs/msg/Twist": _twist,
    "geometry_msgs/msg/TwistStamped": lambda message: _twist(message.twist),
    **{
        f"std_msgs/msg/Float{size}{kind}": lambda message: ((), np.atleast_1d(message.data))
        for size in (32, 64)
        for kind in ("", "MultiArray")
    },
    "dsrl_ros/msg/Action": lambda message: ((), np.asarray(message.values)),
}


def numbers(message: Any, kind: str, field: str) -> Named:
    """The numbers of a message.

    Args:
        message: decoded.
        kind: its type.
        field: dotted name of the field that holds them; empty for what the type is for, of the usual ones.
    Raises:
        ConfigError: it holds none there; names the type and what is wrong.
    """
    try:
        if not field:
            return READERS[kind](message)
        value = message
        for name in field.split("."):
            value = getattr(value, name)
        found = np.atleast_1d(np.asarray(value))
        if found.ndim != 1 or found.dtype.kind not in "fiub":
            raise ValueError(f"its field {field!r} holds no numbers")
    except (KeyError, AttributeError, ValueError, TypeError, InvalidRequest) as error:
        told = f"there is no rule for {kind}; name a field, TOPIC#FIELD" if not field else f"{kind}: {error}"
        raise ConfigError(excerpt(told)) from error
    names = tuple(message.name) if kind == "sensor_msgs/msg/JointState" and len(message.name) == len(found) else ()
    return names, found


def picture(message: Any, kind: str) -> U8:
    """The picture of an image message, uint8 [h, w, 3], RGB.

    Raises:
        ConfigError: it is damaged, or has an encoding that is not known.
    """
    try:
        return _compressed(message) if kind.endswith("CompressedImage") else _raw(message)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ConfigError(f"{kind} holds no picture: {excerpt(str(error))}") from error


def _raw(message: Any) -> U8:
    if message.encoding not in ENCODINGS:
        raise ValueError(f"encoding {message.encoding!r}; known: {', '.join(ENCODINGS)}")
    (channels, order), height, width = ENCODINGS[message.encoding], int(message.height), int(message.width)
    rows = np.asarray(message.data, np.uint8)[: height * int(message.step)].reshape(height, int(message.step))
    pixels = rows[:, : width * channels].reshape(height, width, channels)
    return np.ascontiguousarray(pixels[..., list(order)])


def _compressed(message: Any) -> U8:
    with Image.open(io.BytesIO(bytes(message.data)), formats=("PNG", "JPEG")) as image:
        if max(image.size) > LARGEST_SIDE:
            raise ValueError(f"a picture of {image.size} pixels")
        return np.asarray(image.convert("RGB"))
