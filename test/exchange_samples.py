"""Recordings to export, and foreign bags to import."""

from pathlib import Path
from typing import Any

import builders
import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.config.run import write_run
from dsrl_core.record.bag_types import bag_writer, header, message
from dsrl_core.record.names import Names
from dsrl_core.record.segment import write_segment
from dsrl_core.run.folder import RunFolder
from dsrl_core.training.recordings import Recording, open_recording
from dsrl_core.types import Episode, NoiseSource, Purpose

PLATFORM = {
    "observation": {
        "cameras": {"front": {"topic": "front/image_raw", "height": 16, "width": 16}},
        "state": [{"topic": "joint_states", "names": ["x", "y"], "units": ["m", "rad"]}],
    },
    "action": {"names": ["x", "grip"], "units": ["m/s", "1"], "low": [-1.0, 0.0], "high": [1.0, 1.0]},
}
CONFIG = builders.make_config(platform=PLATFORM)
CONTRACT: Platform = CONFIG.platform


def make_episode(number: int, executed: tuple[int, ...] = (4, 4, 3), **changes: Any) -> Episode:
    """Four steps per decision of 20 Hz; the last one is cut short where the episode ends. Its pictures are noise."""
    n, rng = len(executed), np.random.default_rng(number)
    own: dict[str, Any] = {
        "stamps_ns": np.array([0, *np.cumsum(executed)], np.int64) * 50_000_000,
        "actions": rng.normal(size=(sum(executed), 2)).astype(np.float32),
        "n_executed": np.array(executed, np.int32),
        "success": True,
        "terminated": True,
        "truncated": False,
    }
    return builders.make_episode(number, n, **{**own, **changes})


def person_episode(number: int) -> Episode:
    """A person acts in the third step; it fails."""
    actors = np.zeros(11, np.uint8)
    actors[2] = 1
    sources = (NoiseSource.OPERATOR, NoiseSource.ACTOR_SAMPLE, NoiseSource.ACTOR_SAMPLE)
    residuals = np.array([0.25, 0, 0], np.float32)
    outcome = {"success": False, "terminated": False, "truncated": True}
    return make_episode(number, actors=actors, noise_sources=sources, residuals=residuals, **outcome)


def make_recording(run: Path, episodes: list[Episode] | None = None) -> Recording:
    """A run's folder with these episodes: by default two successes, a failure with a person, an evaluation."""
    run.mkdir()
    folder = RunFolder(run)
    write_run(CONFIG, folder.config)
    if episodes is None:
        evaluation = make_episode(3, (4, 1), group="final", purpose=Purpose.EVAL)
        episodes = [make_episode(0), make_episode(1, (4,)), person_episode(2), evaluation]
    for episode in episodes:
        write_segment(folder.bag, episode, 10**18, Names.of(CONTRACT))
    return open_recording(run)


def image(array: np.ndarray, stamp_ns: int, encoding: str = "rgb8") -> Any:
    """sensor_msgs/Image of uint8 [h, w, c]."""
    height, width, channels = array.shape
    size = {"height": height, "width": width, "step": width * channels}
    return message(
        "sensor_msgs/msg/Image",
        header=header(stamp_ns),
        encoding=encoding,
        is_bigendian=0,
        data=array.ravel(),
        **size,
    )


def joints(names: list[str], values: list[float], stamp_ns: int) -> Any:
    """sensor_msgs/JointState of positions."""
    none = np.zeros(0)
    where = np.array(values, np.float64)
    return message(
        "sensor_msgs/msg/JointState", header=header(stamp_ns), name=names, position=where, velocity=none, effort=none
    )


def write_foreign_bag(path: Path, seconds: float = 1.0, gap: tuple[float, float] = (9, 9)) -> Path:
    """A foreign robot: joints at 100 Hz in another order, pictures at 30 Hz in BGR, commands at 50 Hz.

    A stream's value says when it was: joint x is the time in s, y ten times that; the picture's red channel the number
    of the picture; the command the time when it was sent. No pictures come within `gap`, s.
    """
    with bag_writer(path, {}) as bag:
        timed: list[tuple[int, str, Any]] = []
        for i in range(int(seconds * 100)):
            at = i * 10_000_000
            timed.append((at, "/arm/joint_states", joints(["y", "other", "x"], [i / 10, -1.0, i / 100], at)))
        for i in range(int(seconds * 30)):
            at = i * 33_333_333
            if not gap[0] < at / 1e9 < gap[1]:
                picture = np.zeros((12, 24, 3), np.uint8)
                picture[..., 2] = i
                timed.append((at, "/arm/front/image_raw", image(picture, at, "bgr8")))
        for i in range(int(seconds * 50)):
            at = i * 20_000_000
            array = message("std_msgs/msg/MultiArrayLayout", dim=[], data_offset=0)
            values = np.array([i / 50, 1.0], np.float32)
            timed.append((at, "/arm/command", message("std_msgs/msg/Float32MultiArray", layout=array, data=values)))
        for at, topic, msg in sorted(timed, key=lambda one: one[:2]):
            bag.write(topic, 10**18 + at, msg)
    return path
