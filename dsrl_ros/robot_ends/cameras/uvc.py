"""UVC cameras, which most webcams are, by OpenCV: `uvc:0`, `uvc:/dev/v4l/by-id/…`.

A path of `/dev/v4l/by-id` names the same camera after it was unplugged; a number may not.
"""

import os
import re
from time import monotonic_ns, time_ns
from typing import Any

from dsrl_core.acting.camera_link import acquisition_ns
from dsrl_core.errors import ConfigError
from dsrl_ros.robot_ends.cameras.capture import CameraGone, Capture, Frame, Wanted


def open_capture(wanted: Wanted) -> Capture:
    """Open the camera; raises CameraGone, and ConfigError where OpenCV is not installed."""
    try:
        import cv2
    except ImportError as error:
        raise ConfigError(f"source=uvc:… needs OpenCV: pip install opencv-python-headless ({error})") from error
    return UvcCapture(cv2, wanted)


class UvcCapture:
    """An open UVC camera."""

    def __init__(self, cv2: Any, wanted: Wanted) -> None:
        self._cv2 = cv2
        self._video = cv2.VideoCapture(index_of(wanted.device), cv2.CAP_V4L2)
        if not self._video.isOpened():
            self._video.release()
            raise CameraGone(f"{wanted.device} cannot be opened: is another program using it?")
        if wanted.fourcc:
            self._video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter_fourcc(*wanted.fourcc))
        self._video.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.width)
        self._video.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.height)
        self._video.set(cv2.CAP_PROP_FPS, wanted.rate_hz)
        self._video.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not the oldest of a queue

    def read(self) -> Frame:
        good, picture = self._video.read()
        if not good:
            raise CameraGone("it sends no pictures")
        now_ns, claimed_ms = time_ns(), self._video.get(self._cv2.CAP_PROP_POS_MSEC)  # V4L2: of the monotonic clock
        claimed_ns = now_ns - monotonic_ns() + int(claimed_ms * 1e6)
        rgb = self._cv2.cvtColor(picture, self._cv2.COLOR_BGR2RGB if picture.ndim == 3 else self._cv2.COLOR_GRAY2RGB)
        return Frame(rgb, acquisition_ns(claimed_ns, now_ns))

    def close(self) -> None:
        self._video.release()


def index_of(device: str) -> int:
    """The number of a camera that is named by its number or by a path, which may be a link.

    Raises:
        CameraGone: nothing is there.
    """
    if device.isdecimal():
        return int(device)
    found = re.fullmatch(r"/dev/video(\d+)", os.path.realpath(device))
    if found is None or not os.path.exists(device):
        raise CameraGone(f"there is no camera at {device}")
    return int(found[1])
