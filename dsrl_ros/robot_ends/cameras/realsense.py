"""RealSense cameras by Intel's own library: `realsense` is the only one there is, `realsense:SERIAL` this one.

pyrealsense2 is not among the requirements: requirements-realsense.txt has it. It also needs the system's libusb.
"""

from time import time_ns
from typing import Any

import numpy as np

from dsrl_core.acting.camera_link import acquisition_ns
from dsrl_core.errors import ConfigError
from dsrl_ros.robot_ends.cameras.capture import CameraGone, Capture, Frame, Wanted

PATIENCE_MS = 1000  # for one frame


def open_capture(wanted: Wanted) -> Capture:
    """Open the camera; raises CameraGone, and ConfigError where the library is not installed."""
    try:
        import pyrealsense2
    except ImportError as error:
        raise ConfigError(
            f"source=realsense:… needs pyrealsense2 ({error}): pip install --no-deps -r requirements-realsense.txt, "
            "and apt-get install libusb-1.0-0"
        ) from error
    return RealSenseCapture(pyrealsense2, wanted)


class RealSenseCapture:
    """The colour stream of an open RealSense camera."""

    def __init__(self, library: Any, wanted: Wanted) -> None:
        settings, self._pipeline = library.config(), library.pipeline()
        if wanted.device:
            settings.enable_device(wanted.device)
        size = wanted.width, wanted.height
        settings.enable_stream(library.stream.color, *size, library.format.rgb8, wanted.rate_hz)
        domains = library.timestamp_domain
        self._of_this_machine = (domains.global_time, domains.system_time)
        try:
            self._pipeline.start(settings)
        except RuntimeError as error:
            raise CameraGone(f"{error} ({'x'.join(map(str, size))} at {wanted.rate_hz} Hz was asked for)") from error

    def read(self) -> Frame:
        try:
            colour = self._pipeline.wait_for_frames(PATIENCE_MS).get_color_frame()
        except RuntimeError as error:
            raise CameraGone(str(error)) from error
        now_ns = time_ns()
        ours = colour.get_frame_timestamp_domain() in self._of_this_machine
        claimed_ns = int(colour.get_timestamp() * 1e6) if ours else now_ns
        pixels = np.array(colour.get_data(), np.uint8)  # a copy: the library uses its memory again
        return Frame(pixels, acquisition_ns(claimed_ns, now_ns))

    def close(self) -> None:
        self._pipeline.stop()
