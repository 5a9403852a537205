"""Videos of episodes: small H.264 files that every browser plays. A video that cannot be made never fails a run."""

import logging
import math
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dsrl_core.types import U8

LEAST_SIDE = (
    256  # pixels; smaller frames are enlarged in whole steps, as browsers blur them and the codec halves colour
)


@dataclass(frozen=True, slots=True)
class VideoName:
    """What a video's file name tells: `<robot>.<episode>.<group>.<success|failure>.mp4`."""

    robot: str
    episode: int
    group: str
    success: bool

    def file_name(self) -> str:
        outcome = "success" if self.success else "failure"
        return f"{self.robot.strip('/').replace('/', '-')}.{self.episode:06d}.{self.group}.{outcome}.mp4"


def parse_name(path: Path) -> VideoName | None:
    """The parts of a video's name, None where it is none of ours."""
    parts = path.name.split(".")
    if len(parts) != 5 or parts[4] != "mp4" or not parts[1].isdigit() or parts[3] not in ("success", "failure"):
        return None
    return VideoName(parts[0].replace("-", "/"), int(parts[1]), parts[2], parts[3] == "success")


def write_video(frames: U8, path: Path, fps: float) -> bool:
    """Encode frames as H.264 (yuv420p) in an MP4 that starts to play before it is loaded.

    Args:
        frames: uint8[T, h, w, 3], rgb, T >= 1.
        path: ends in .mp4; appears when it is whole.
        fps: frames per second.
    Returns:
        Whether it was written; where not, a warning says why.
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
