"""What a kind of camera has to offer, and how one is opened by name."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dsrl_core.errors import ConfigError, among
from dsrl_core.types import U8

NOT_KINDS = ("__init__", "capture", "driver_node")


class CameraGone(Exception):
    """A camera cannot be opened, or sends no more; the text says why."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture."""

    pixels: U8  # [h, w, 3], rgb
    stamp_ns: int  # when it was taken, in this machine's time


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a camera is asked for; it may give another size."""

    device: str
    height: int
    width: int
    rate_hz: int
    fourcc: str = ""  # of UVC: how pictures come over the cable, as MJPG or YUYV; empty: the camera's choice


class Capture(Protocol):
    """An open camera. A file of this folder has `open_capture(wanted)`, which gives one or raises CameraGone."""

    def read(self) -> Frame:
        """The next frame; waits for it. Raises CameraGone."""

    def close(self) -> None: ...


class Kind(Protocol):
    """A file of this folder."""

    def open_capture(self, wanted: Wanted) -> Capture: ...


def kind_of(source: str) -> tuple[Kind, str]:
    """The kind of camera and the device that a source such as `uvc:/dev/video0` names.

    Raises:
        ConfigError: there is no such kind.
    """
    name, _, device = source.partition(":")
    kinds = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_KINDS)
    if name not in kinds:
        raise ConfigError(f"source={source!r}: {name!r} is no kind of camera; {among(name, kinds)}")
    kind: Kind = importlib.import_module(f"{__package__}.{name}")
    return kind, device
