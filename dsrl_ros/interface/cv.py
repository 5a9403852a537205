"""Reads camera images of any encoding: most directly, some with OpenCV, the rest with cv_bridge, if it is installed."""

from functools import cache
from typing import Any

import numpy as np
from sensor_msgs.msg import Image

from dsrl_core.errors import InvalidRequest
from dsrl_core.types import U8
from dsrl_ros.interface.conversion import LAYOUTS, image_of
from dsrl_ros.interface.conversion.images import ORDER_IS_GUESSED, eight_bit, rows_of

# Encodings of sensor_msgs to the names of OpenCV's conversions, in the pairs of cv_bridge. OpenCV names a Bayer pattern
# by its second row, from the second column on: bayer_rggb is its BayerBG.
YUV = {
    "uyvy": "COLOR_YUV2RGB_UYVY",
    "yuv422": "COLOR_YUV2RGB_UYVY",
    "yuyv": "COLOR_YUV2RGB_YUY2",
    "yuv422_yuy2": "COLOR_YUV2RGB_YUY2",
}
BAYER = {
    "bayer_rggb": "COLOR_BayerBG2RGB",
    "bayer_bggr": "COLOR_BayerRG2RGB",
    "bayer_gbrg": "COLOR_BayerGR2RGB",
    "bayer_grbg": "COLOR_BayerGB2RGB",
}
PATTERN, BITS = len("bayer_rggb"), ("8", "16")  # a pattern's letters, and what may follow them
DEPTH = ("16UC1", "32FC1")
DRIVERS = {  # driver -> the setting with which it sends an encoding that is read here
    "usb_cam": "pixel_format: yuyv2rgb (a camera that sends MJPEG: mjpeg2rgb)",
    "v4l2_camera": "output_encoding: rgb8",
    "realsense2_camera": "rgb_camera.color_format: RGB8",
}
ADVICE = "Let the driver send rgb8: " + "; ".join(f"{driver} with {setting}" for driver, setting in DRIVERS.items())


def rgb_image(message: Image) -> U8:
    """The pixels of `message` as uint8 [h, w, 3] rgb.

    Raises:
        InvalidRequest: the image is malformed, or its encoding cannot be read here.
    """
    encoding = message.encoding
    if encoding in LAYOUTS:
        return image_of(message)
    if encoding in DEPTH:
        raise InvalidRequest(f"Image.encoding={encoding!r} is depth; name the colour image's topic in the contract")
    bayer = BAYER.get(encoding[:PATTERN], "")
    if (encoding in YUV or (bayer and encoding[PATTERN:] in BITS)) and (cv2 := _opencv()) is not None:
        return _bayer(message, cv2, bayer) if bayer else _yuv(message, cv2)
    return _with_cv_bridge(message)


def guess(encoding: str) -> str:
    """What an encoding leaves open and how it is taken here, for people; empty if it leaves nothing open."""
    if encoding not in ORDER_IS_GUESSED:
        return ""
    return f"Image.encoding={encoding!r} does not name its colours: they are taken for blue, green, red. {ADVICE}"


def _yuv(message: Image, cv2: Any) -> U8:
    if message.width % 2:
        raise InvalidRequest(f"Image.width={message.width}: expected an even number for {message.encoding}")
    pixels = rows_of(message, 2 * message.width).reshape(message.height, message.width, 2)
    return np.asarray(cv2.cvtColor(pixels, getattr(cv2, YUV[message.encoding])), np.uint8)


def _bayer(message: Image, cv2: Any, conversion: str) -> U8:
    if min(message.height, message.width) < 3:
        size = f"height {message.height}, width {message.width}"
        raise InvalidRequest(f"Image: expected height, width >= 3 for {message.encoding}, got {size}")
    wide = message.encoding[PATTERN:] == "16"
    rows = rows_of(message, message.width * (2 if wide else 1))
    samples = eight_bit(rows, message.is_bigendian) if wide else np.ascontiguousarray(rows)
    return np.asarray(cv2.cvtColor(samples, getattr(cv2, conversion)), np.uint8)


def _with_cv_bridge(message: Image) -> U8:
    bridge = _bridge()
    if bridge is None:
        raise InvalidRequest(f"Image.encoding={message.encoding!r} cannot be read here without cv_bridge. {ADVICE}")
    try:
        return np.ascontiguousarray(bridge.imgmsg_to_cv2(message, desired_encoding="rgb8"), np.uint8)
    except (RuntimeError, TypeError, ValueError) as error:
        raise InvalidRequest(
            f"Image.encoding={message.encoding!r}: cv_bridge cannot read it: {error}. {ADVICE}"
        ) from error


@cache
def _opencv() -> Any:
    """OpenCV, or None without it."""
    try:
        import cv2
    except ImportError:
        return None
    cv2.setNumThreads(1)  # an image is small, and the other processes of the run need the cores
    return cv2


@cache
def _bridge() -> Any:
    """A CvBridge, or None without cv_bridge. One that was built for another numpy fails with an ImportError, too."""
    try:
        from cv_bridge import CvBridge
    except (ImportError, AttributeError):
        return None
    return CvBridge()
