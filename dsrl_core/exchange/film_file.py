"""Films of an exact size, written and read picture by picture through ffmpeg, which `imageio_ffmpeg` brings along."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from dsrl_core.errors import ConfigError, StorageError, excerpt
from dsrl_core.types import U8

CODEC = "h264"
FULL_COLOUR_BELOW = 128  # pixels of the shorter side: of a smaller picture half the colours would be missed
QUALITY = "14"  # crf: a picture is stored for a policy to see, not for people
KEY_FRAMES = "2"  # every second: any picture is found at once, as LeRobot's own films
LARGEST = 4 << 30  # bytes of the pictures of one episode and camera


class FilmWriter:
    """Takes the pictures of one film."""

    def __init__(self, path: Path, size: tuple[int, int], source: IO[bytes]) -> None:
        self._path, self._size, self._source = path, size, source

    def write(self, pictures: U8) -> None:
        """Append pictures [n, h, w, 3].

        Raises:
            ValueError: of another size.
        """
        if pictures.shape[1:] != (*self._size, 3):
            raise ValueError(f"{self._path.name}: pictures are {pictures.shape}, expected (n, {self._size}, 3)")
        self._source.write(np.ascontiguousarray(pictures).tobytes())


@contextmanager
def film_writer(path: Path, size: tuple[int, int], fps: str) -> Iterator[FilmWriter]:
    """A film whose i-th picture is at time i / fps.

    Args:
        path: ends in .mp4; the folder is made.
        size: height, width.
        fps: pictures per second, also a fraction such as "10/3".
    Raises:
        StorageError: it could not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(_encode(path, size, fps), stdin=subprocess.PIPE, stdout=said, stderr=said)
        assert process.stdin is not None
        try:
            yield FilmWriter(path, size, process.stdin)
            process.stdin.close()
            failed = process.wait() != 0
        except BrokenPipeError:
            failed = True
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if failed:
            raise StorageError(f"{path.name} could not be written: {_end_of(said)}; free space, then export again")


def read_film(path: Path, start_s: float, count: int, size: tuple[int, int], fps: float) -> U8:
    """`count` pictures, uint8 [count, h, w, 3], from time `start_s` on.

    Args:
        path: an MP4; any other kind of file is refused, whatever its name.
        start_s: time of the first picture in the film.
        count: how many.
        size: height and width to which they are scaled, if they are of another size.
        fps: pictures per second of the film.
    Raises:
        ConfigError: it cannot be read, or has fewer pictures.
    """
    wanted = count * size[0] * size[1] * 3
    if wanted > LARGEST:
        raise ConfigError(f"{path}: an episode of {wanted / 1e9:.0f} GB of pictures; at most 4 GB are taken")
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            _decode(path, max(0.0, start_s - 0.5 / fps), count, size),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            check=False,
        )
        if done.returncode or len(done.stdout) != wanted:
            found = len(done.stdout) // (wanted // count) if count else 0
            raise ConfigError(
                f"{path}: {found} of {count} pictures from {start_s:.2f} s on can be read: "
                f"{_end_of(said) or 'the film ends there'}"
            )
    return np.frombuffer(done.stdout, np.uint8).reshape(count, *size, 3)


def pixels(size: tuple[int, int]) -> str:
    """How pixels are stored: with half the colours, as in most films, where no side is small or odd, else with all."""
    odd = size[0] % 2 or size[1] % 2
    return "yuv444p" if odd or min(size) < FULL_COLOUR_BELOW else "yuv420p"


def _encode(path: Path, size: tuple[int, int], fps: str) -> list[str]:
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[1]}x{size[0]}", "-r", fps, "-i", "-"]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", QUALITY, "-g", KEY_FRAMES, "-bf", "0"]
    end = ["-pix_fmt", pixels(size), "-threads", "1", "-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
    return [_ffmpeg(), "-v", "error", "-y", *source, *codec, *end]


def _decode(path: Path, start_s: float, count: int, size: tuple[int, int]) -> list[str]:
    # The format is given and files alone are opened: a text that names other files or addresses is no film.
    source = ["-protocol_whitelist", "file,pipe", "-ss", f"{start_s:.6f}", "-f", "mov", "-i", f"file:{path}"]
    scaled = ["-map", "0:v:0", "-frames:v", str(count), "-vf", f"scale={size[1]}:{size[0]}", "-fps_mode", "passthrough"]
    return [_ffmpeg(), "-v", "error", "-threads", "1", *source, *scaled, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]


def _ffmpeg() -> str:
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


def _end_of(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read(1 << 16).decode(errors="replace").strip().splitlines()
    return excerpt(lines[-1]) if lines else ""
