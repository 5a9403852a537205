"""Videos play everywhere, and never stop a run."""

from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import read_frames as read_all

from dsrl_core.record.video import VideoName, find_video, parse_name, read_frames, write_video


def test_frames_come_back(tmp_path: Path) -> None:
    frames = np.zeros((12, 33, 65, 3), np.uint8)
    frames[6:, :, 32:] = (250, 30, 30)
    path = tmp_path / "videos" / "a.mp4"
    assert write_video(frames, path, fps=12.5)
    reader = read_all(str(path))
    facts = next(reader)
    width, height = facts["size"]
    shown = [np.frombuffer(raw, np.uint8).reshape(height, width, 3) for raw in reader]
    assert (facts["codec"], facts["pix_fmt"].split("(")[0], facts["fps"]) == ("h264", "yuv420p", 12.5)
    assert len(shown) == 12
    assert min(width, height) >= 256
    assert abs(width / height - 65 / 33) < 0.02
    assert shown[0].max() < 40
    red, _, blue = shown[11][height // 2, -20]
    assert red > 200
    assert blue < 90
    assert [p.name for p in path.parent.iterdir()] == ["a.mp4"]


def test_frames_are_found_by_their_times(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frames = np.zeros((12, 32, 64, 3), np.uint8)
    for number, frame in enumerate(frames):
        frame[:] = 20 * number
    path = tmp_path / VideoName("robot0", 7, "train", True).file_name()
    write_video(frames, path, fps=10)
    shown = read_frames(path, [0.0, 0.5, 1.1, 9.9], height=48)
    assert [frame.shape for frame in shown] == [(48, 96, 3)] * 4
    assert [round(frame.mean() / 20) for frame in shown] == [0, 5, 11, 11]
    assert find_video(tmp_path, "robot0", 7) == path
    assert find_video(tmp_path, "robot0", 0) is None
    path.write_bytes(b"torn")
    assert read_frames(path, [0.0], height=48) == []
    assert "was not read" in caplog.text


def test_a_video_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    assert not write_video(np.zeros((1, 8, 8, 3), np.uint8), tmp_path / "file" / "a.mp4", 10)
    assert "was not written" in caplog.text


def test_a_missing_encoder_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "no_such_program"))
    assert not write_video(np.zeros((1, 8, 8, 3), np.uint8), tmp_path / "a.mp4", 10)
    assert "was not written" in caplog.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "frames", [np.zeros((2, 8, 8), np.uint8), np.zeros((1, 8, 8, 3)), np.zeros((0, 8, 8, 3), "u1")]
)
def test_wrong_frames_are_a_mistake_of_the_caller(tmp_path: Path, frames: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        write_video(frames, tmp_path / "a.mp4", 10)


@pytest.mark.parametrize("robot", ["robot0", "lab/robot_1"])
@pytest.mark.parametrize("success", [True, False])
def test_names_tell_what_they_show(robot: str, success: bool) -> None:
    name = VideoName(robot, 12, "base_repeated", success)
    assert parse_name(Path("videos") / name.file_name()) == name
    assert parse_name(Path("holiday.mp4")) is None
