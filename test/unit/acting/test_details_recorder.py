"""What steering collects beside an episode: the pictures as the policy saw them, and each decision once."""

import io

import numpy as np
import pytest
from builders import make_episode
from PIL import Image

from dsrl_core.acting.details_recorder import DetailsRecorder
from dsrl_core.config.run import RecordSettings
from dsrl_core.record.details import DecisionNumbers
from dsrl_core.types import U8, Observation


def seen(value: int, stamp_ns: int, cameras: tuple[str, ...] = ("front",)) -> Observation:
    images: dict[str, U8] = {name: np.full((16, 24, 3), value, np.uint8) for name in cameras}
    return Observation(stamp_ns, images, np.zeros(2, np.float32))


def decided(decision: int, q: float = 0.0) -> DecisionNumbers:
    return DecisionNumbers(0, "train", decision, "zero", 0.0, q, 0, 0.0, 1.0, 2.0, 3.0)


def shown(data: bytes) -> U8:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_pictures_and_decisions_come_in_order() -> None:
    recorder = DetailsRecorder(RecordSettings(encoding="png"))
    recorder.begin()
    for view in range(3):
        recorder.see(view, seen(50 * view, 100 + view, ("front", "wrist")))
        recorder.decided(decided(view))
    details = recorder.settle(make_episode(7, n=2))
    assert (details.robot, details.episode, details.start_ns) == ("robot0", 7, 100)
    assert [(each.camera, each.stamp_ns) for each in details.pictures] == [
        (camera, 100 + view) for view in range(3) for camera in ("front", "wrist")
    ]
    assert [int(shown(each.data)[0, 0, 0]) for each in details.pictures] == [0, 0, 50, 50, 100, 100]
    assert shown(details.pictures[0].data).shape == (16, 24, 3)
    assert [each.decision for each in details.decisions] == [0, 1], "one that was taken back at the end is none"
    assert details.decisions[0].total_ms == 6


def test_what_is_decided_again_replaces_what_was_taken_back() -> None:
    recorder = DetailsRecorder(RecordSettings(encoding="png"))
    recorder.begin()
    for value in (10, 20):
        recorder.see(0, seen(value, value))
        recorder.decided(decided(0, q=value))
    details = recorder.settle(make_episode(n=1))
    assert [shown(each.data)[0, 0, 0] for each in details.pictures] == [20]
    assert [each.q for each in details.decisions] == [20]
    assert details.start_ns == 20


def test_a_picture_is_what_it_was_when_it_was_seen() -> None:
    recorder = DetailsRecorder(RecordSettings(encoding="png"))
    recorder.begin()
    observation = seen(10, 0)
    recorder.see(0, observation)
    observation.images["front"][:] = 99  # a simulator may draw into the same memory again
    assert shown(recorder.settle(make_episode(n=1)).pictures[0].data)[0, 0, 0] == 10


def test_an_episode_that_was_dropped_leaves_nothing() -> None:
    recorder = DetailsRecorder(RecordSettings())
    recorder.begin()
    for view in range(5):
        recorder.see(view, seen(0, view))
        recorder.decided(decided(view))
    recorder.begin()
    recorder.see(0, seen(0, 100))
    details = recorder.settle(make_episode(n=1))
    assert (len(details.pictures), details.decisions, details.start_ns) == (1, (), 100)


@pytest.mark.parametrize("images", ["learner", "none"])
def test_no_pictures_are_compressed_where_none_are_asked_for(images: str) -> None:
    recorder = DetailsRecorder(RecordSettings(images=images))
    recorder.begin()
    recorder.see(0, seen(0, 5))
    recorder.decided(decided(0))
    details = recorder.settle(make_episode(n=1))
    assert (details.pictures, len(details.decisions), details.start_ns) == ((), 1, 5)


def test_a_picture_that_cannot_be_compressed_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    recorder = DetailsRecorder(RecordSettings())
    recorder.begin()
    recorder.see(0, Observation(0, {"front": np.zeros((0, 4, 3), np.uint8)}, np.zeros(2, np.float32)))
    recorder.see(1, seen(0, 1))
    assert [each.stamp_ns for each in recorder.settle(make_episode(n=1)).pictures] == [1]
    assert "a picture of front could not be compressed" in caplog.text


def test_a_jpeg_in_full_colour_is_close_to_what_was_seen() -> None:
    recorder = DetailsRecorder(RecordSettings())
    recorder.begin()
    image = np.zeros((16, 16, 3), np.uint8)
    image[4:12, 4:12] = (255, 0, 0)
    recorder.see(0, Observation(0, {"front": image}, np.zeros(2, np.float32)))
    read = shown(recorder.settle(make_episode(n=1)).pictures[0].data).astype(int)
    assert np.abs(read - image).mean() < 3
    assert tuple(read[8, 8]) > (240, -1, -1)
