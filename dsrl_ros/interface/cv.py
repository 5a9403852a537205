"""Reads camera images of any encoding: the usual ones directly, the rest with cv_bridge, if it is installed."""

from functools import cache
from typing import Any

import numpy as np
from sensor_msgs.msg import Image

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import U8
from dsrl_ros.interface.conversion import CHANNELS, image_of


def rgb_image(message: Image) -> U8:
    """The pixels of `message` as uint8 [h, w, 3] rgb.

    Raises:
        InvalidRequest: the image is malformed, or its encoding cannot be read here.
    """
    if message.encoding in CHANNELS:
        return image_of(message)
    bridge = _bridge()
    if bridge is None:
        raise InvalidRequest(
            f"Image.encoding={message.encoding!r} needs cv_bridge, which cannot be imported here. "
            f"Install it with ROS 2, or let the camera send one of: {', '.join(CHANNELS)}"
        )
    try:
        return np.ascontiguousarray(bridge.imgmsg_to_cv2(message, desired_encoding="rgb8"), np.uint8)
    except (RuntimeError, TypeError, ValueError) as error:
        raise InvalidRequest(f"Image.encoding={message.encoding!r}: cv_bridge cannot read it: {error}") from error


@cache
def _bridge() -> Any:
    """A CvBridge, or None without cv_bridge. One that was built for another numpy fails with an ImportError, too."""
    try:
        from cv_bridge import CvBridge
    except (ImportError, AttributeError):
        return None
    return CvBridge()
