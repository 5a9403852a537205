"""What a simulated robot's drivers show of it, with the faults that hold: joint states and images with their stamps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dsrl_core.types import U8
from sim_bridge.real_time.faults import Faults

JUMP_S = 3600.0
LATE_S = 0.3


@dataclass(frozen=True, slots=True)
class Joints:
    """Joint states of one topic."""

    stamp_s: float
    positions: Mapping[str, float]  # joint -> rad or m


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of one camera, to be sent at `due_s`."""

    camera: str
    stamp_s: float
    due_s: float
    pixels: U8  # [h, w, 3]


class Shown:
    """Applies faults to what a robot is like."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._joints: dict[str, Mapping[str, float]] = {}  # topic -> the last that were shown
        self._pixels: dict[str, U8] = {}

    def joints(self, topic: str, positions: Mapping[str, float], now_s: float) -> Joints | None:
        """The joint states of a topic as they are shown, None where the topic is silent."""
        holds = self._faults.holds
        if holds("joints_stale", now_s) or holds("reflex", now_s):
            return None
        if holds("joints_frozen", now_s):
            positions = self._joints.get(topic, positions)
        self._joints[topic] = positions
        if holds("joints_nan", now_s):
            positions = {**positions, next(iter(positions)): math.nan}
        return Joints(now_s + JUMP_S * holds("clock_jump", now_s), positions)

    def picture(self, camera: str, pixels: U8, now_s: float) -> Picture | None:
        """The image of a camera as it is shown, None where the camera is silent."""
        holds = self._faults.holds
        if holds("camera_drop", now_s, camera):
            return None
        if holds("camera_freeze", now_s, camera):
            pixels = self._pixels.get(camera, pixels)
        self._pixels[camera] = pixels
        return Picture(camera, now_s, now_s + LATE_S * holds("camera_late", now_s, camera), pixels)
