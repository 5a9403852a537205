"""Cameras for tests: OpenCV and pyrealsense2 as far as the driver uses them, plugged in and out by the test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from types import SimpleNamespace
from typing import Any

import numpy as np

BLUE = (255, 0, 0)  # in OpenCV's order


@dataclass
class Plug:
    """What is at the end of the cable."""

    there: bool = True
    height: int = 4
    width: int = 6
    opened: list[Any] = field(default_factory=list)  # what each opening asked for
    closed: int = 0
    age_s: float = 0.02  # of a frame when it is read

    def picture(self) -> np.ndarray:
        return np.full((self.height, self.width, 3), BLUE, np.uint8)


def opencv(plug: Plug) -> Any:
    """cv2 with one camera."""

    class VideoCapture:
        def __init__(self, index: int, backend: int) -> None:
            assert isinstance(index, int), "V4L2 takes no path"
            self._open, self.asked = plug.there, {}
            plug.opened.append((index, self.asked))

        def isOpened(self) -> bool:  # noqa: N802
            return self._open

        def set(self, key: str, value: float) -> bool:
            self.asked[key] = value
            return True

        def get(self, key: str) -> float:
            assert key == "CAP_PROP_POS_MSEC"
            return (monotonic() - plug.age_s) * 1e3

        def read(self) -> tuple[bool, Any]:
            return (True, plug.picture()) if self._open and plug.there else (False, None)

        def release(self) -> None:
            plug.closed += 1

    names = ("FOURCC", "FRAME_WIDTH", "FRAME_HEIGHT", "FPS", "BUFFERSIZE", "POS_MSEC")
    return SimpleNamespace(
        VideoCapture=VideoCapture,
        CAP_V4L2=200,
        VideoWriter_fourcc=lambda a, b, c, d: a + b + c + d,
        COLOR_BGR2RGB="bgr",
        COLOR_GRAY2RGB="grey",
        cvtColor=lambda picture, how: (
            picture[..., ::-1].copy() if how == "bgr" else np.repeat(picture[..., None], 3, 2)
        ),
        **{f"CAP_PROP_{name}": f"CAP_PROP_{name}" for name in names},
    )


def realsense(plug: Plug, domain: str, stamp_ms: Callable[[], float]) -> Any:
    """pyrealsense2 with one camera, whose stamps are of this domain."""

    class Config:
        def __init__(self) -> None:
            self.asked: list[tuple[Any, ...]] = []

        def enable_device(self, serial: str) -> None:
            self.asked.append((serial,))

        def enable_stream(self, *what: Any) -> None:
            self.asked.append(what)

    class Pipeline:
        def start(self, settings: Config) -> None:
            plug.opened.append(settings.asked)
            if not plug.there:
                raise RuntimeError("No device connected")

        def wait_for_frames(self, patience_ms: int) -> Any:
            if not plug.there:
                raise RuntimeError(f"Frame didn't arrive within {patience_ms}")
            colour = SimpleNamespace(
                get_data=plug.picture, get_timestamp=stamp_ms, get_frame_timestamp_domain=lambda: domain
            )
            return SimpleNamespace(get_color_frame=lambda: colour)

        def stop(self) -> None:
            plug.closed += 1

    return SimpleNamespace(
        config=Config,
        pipeline=Pipeline,
        stream=SimpleNamespace(color="color"),
        format=SimpleNamespace(rgb8="rgb8"),
        timestamp_domain=SimpleNamespace(global_time="global", system_time="system", hardware_clock="hardware"),
    )
