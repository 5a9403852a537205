"""Videos of episodes: small H.264 files that every browser plays. A video that cannot be made never fails a run."""

import logging
import math
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsrl_core.types import U8

# Pixels; smaller frames are enlarged by a whole factor, as browsers blur them and the codec halves the colour channels.
LEAST_SIDE = 256


@dataclass(frozen=True, slots=True)
class VideoName:
    """The parts of a video's file name, `<robot>.<episode>.<group>.<success|failure>.mp4`."""

    robot: str
    episode: int
    group: str
    success: bool

    def file_name(self) -> str:
        outcome = "success" if self.success else "failure"
        return f"{self.robot.strip('/').replace('/', '-')}.{self.episode:06d}.{self.group}.{outcome}.mp4"


def parse_name(path: Path) -> VideoName | None:
    """The parts of a file name, None if it is not that of an episode's video."""
    parts = path.name.split(".")
    if len(parts) != 5 or parts[4] != "mp4" or not parts[1].isdigit() or parts[3] not in ("success", "failure"):
        return None
    return VideoName(parts[0].replace("-", "/"), int(parts[1]), parts[2], parts[3] == "success")


def find_video(folder: Path, robot: str, episode: int) -> Path | None:
    """The video of an episode, None where there is none (yet)."""
    start = VideoName(robot, episode, "", success=False).file_name().split("..")[0]
    return next(iter(folder.glob(f"{start}.*.mp4")), None)


def read_frames(path: Path, times_s: Sequence[float], height: int) -> list[U8]:
    """Read the frames at `times_s` since the start, scaled to `height`, each uint8 [height, w, 3].

    Returns:
        A frame for each time, the last one of the video for later times; an empty list, with a warning, if the video
        cannot be read.
    """
    try:
        from imageio_ffmpeg import read_frames as read

        # Without this it forks the process, and JAX, which has threads, warns of a deadlock.
        os.environ.setdefault("IMAGEIO_FFMPEG_NO_PREVENT_SIGINT", "1")
        frames = read(str(path))
        facts = next(frames)
        wanted = [round(time_s * facts["fps"]) for time_s in times_s]
        kept, raw = dict[int, bytes](), b""
        for index, raw in enumerate(frames):
            kept = {i: frame for i, frame in kept.items() if i in wanted} | {index: raw}
        return [_scaled(kept.get(index, raw), facts["size"], height) for index in wanted]
    except (ImportError, OSError, RuntimeError, ValueError, StopIteration) as error:
        logging.getLogger(__name__).warning("%s was not read: %s", path, error)
        return []


def _scaled(raw: bytes, size: tuple[int, int], height: int) -> U8:
    from PIL import Image

    frame = Image.frombytes("RGB", size, raw)
    return np.asarray(frame.resize((round(size[0] * height / size[1]), height), Image.Resampling.BOX))


def write_video(frames: U8, path: Path, fps: float) -> bool:
    """Encode frames as H.264 (yuv420p) in an MP4 that a browser can play while it is still loading.

    Args:
        frames: uint8[T, h, w, 3], rgb, T >= 1.
        path: ends in .mp4; the file appears when it is complete.
        fps: frames per second.
    Returns:
        Whether it was written; if not, a warning says why.
    Raises:
        ValueError: frames of another shape or dtype.
    """
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != "uint8" or frames.size == 0:
        raise ValueError(f"frames: expected uint8 (T >= 1, h, w, 3), got {frames.dtype} {frames.shape}")
    partial = path.with_name(f".partial-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(_command(frames, partial, fps), input=frames.tobytes(), capture_output=True, check=True)
        partial.replace(path)
    except (ImportError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        with suppress(OSError):
            partial.unlink()
        logging.getLogger(__name__).warning("%s was not written: %s", path, _reason(error))
        return False
    return True


def _command(frames: U8, out: Path, fps: float) -> list[str]:
    from imageio_ffmpeg import get_ffmpeg_exe

    _, height, width, _ = frames.shape
    scale = max(1, math.ceil(LEAST_SIDE / min(height, width)))
    even = f"scale={scale * width + scale * width % 2}:{scale * height + scale * height % 2}:flags=neighbor"
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-"]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p", "-threads", "1"]
    head = [get_ffmpeg_exe(), "-v", "error", "-y"]
    return [*head, *source, "-vf", even, *codec, "-movflags", "+faststart", "-f", "mp4", str(out)]


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return error.stderr.decode(errors="replace").strip() or str(error)
    return str(error)
