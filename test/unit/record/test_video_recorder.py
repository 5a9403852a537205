"""Videos: frames of the episodes that ask for one, at a watchable rate, and of no other."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import FakeEnvironment

from dsrl_core.record import video_recorder as recorder
from dsrl_core.record.video_recorder import VideoRecorder
from dsrl_core.types import EpisodeRequest, Purpose

ASKED = EpisodeRequest("run", "robot0", 7, Purpose.TRAIN, "train", 0, 1, -1, 20, record=True)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[np.ndarray, Path, float]]:
    calls: list[tuple[np.ndarray, Path, float]] = []
    monkeypatch.setattr(recorder, "write_video", lambda *args: calls.append(args))
    return calls


def play(made: VideoRecorder, environment: Any, request: EpisodeRequest, steps: int) -> None:
    environment.reset(1)
    made.begin(request)
    for _ in range(steps):
        environment.step(np.zeros(1, np.float32))
        made.step()


@pytest.mark.parametrize(("rate_hz", "frames", "fps"), [(20.0, 7, 20.0), (50.0, 4, 25.0), (100.0, 2, 25.0)])
def test_frames_come_at_about_25_a_second(
    tmp_path: Path, written: list[tuple[np.ndarray, Path, float]], rate_hz: float, frames: int, fps: float
):
    environment = FakeEnvironment()
    made = VideoRecorder(environment, rate_hz, tmp_path)
    play(made, environment, ASKED, steps=6)
    made.end(success=True)
    ((pictures, path, rate),) = written
    assert pictures.shape == (frames, 16, 16, 3)
    assert pictures[0].flat[0] == 0, "the first is that of the reset"
    assert rate == fps
    assert path == tmp_path / "robot0.000007.train.success.mp4"


def test_who_does_not_ask_pays_nothing(tmp_path: Path, written: list[tuple[np.ndarray, Path, float]]):
    environment = FakeEnvironment()
    made = VideoRecorder(environment, 20.0, tmp_path)
    play(made, environment, dataclasses.replace(ASKED, record=False), steps=6)
    made.end(success=False)
    assert environment.renders == 0
    assert written == []


def test_frames_of_an_episode_that_did_not_end_are_forgotten(
    tmp_path: Path, written: list[tuple[np.ndarray, Path, float]]
):
    environment = FakeEnvironment()
    made = VideoRecorder(environment, 20.0, tmp_path)
    play(made, environment, ASKED, steps=5)
    play(made, environment, dataclasses.replace(ASKED, episode=8), steps=2)
    made.end(success=False)
    made.end(success=False)
    assert len(written) == 1, "once"
    assert len(written[0][0]) == 3
    assert written[0][1].name == "robot0.000008.train.failure.mp4"


def test_an_environment_may_have_a_picture_for_people(tmp_path: Path, written: list[tuple[np.ndarray, Path, float]]):
    class Pretty(FakeEnvironment):
        def render_video(self) -> np.ndarray:
            return np.zeros((32, 48, 3), np.uint8)

    environment = Pretty()
    made = VideoRecorder(environment, 20.0, tmp_path)
    play(made, environment, ASKED, steps=1)
    made.end(success=True)
    assert written[0][0].shape == (2, 32, 48, 3)
    assert environment.renders == 0


def test_an_environment_without_a_picture_plays_on_unfilmed(
    tmp_path: Path, written: list[tuple[np.ndarray, Path, float]], caplog: pytest.LogCaptureFixture
):
    environment = FakeEnvironment()
    environment.spec = dataclasses.replace(environment.spec, cameras={})
    made = VideoRecorder(environment, 20.0, tmp_path)
    play(made, environment, ASKED, steps=3)
    made.end(success=True)
    assert not written
    assert [record.message for record in caplog.records if "no camera" in record.message], "once, with the reason"
    assert len(caplog.records) == 1
