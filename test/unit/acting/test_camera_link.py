"""A camera that is unplugged is told once and tried again; one of another size is refused."""

import pytest

from dsrl_core.acting.camera_link import RETRY_S, CameraLink, FirstSize, acquisition_ns


def test_the_first_frame_is_told_with_its_size_and_the_next_are_silent():
    link = CameraLink("wrist")
    assert link.frame(480, 640) == (True, "camera wrist sends 640x480")
    assert link.frame(480, 640) == (True, "")


def test_a_camera_that_never_was_there_is_told_once():
    link = CameraLink("wrist")
    assert "cannot be opened: nothing at /dev/video9" in link.lost("nothing at /dev/video9")
    assert link.lost("nothing at /dev/video9") == ""
    assert link.trouble


def test_it_is_tried_again_only_every_second():
    link = CameraLink("wrist")
    attempts = [tick for tick in range(100) if link.may_open(tick / 20)]
    assert attempts == [0, 20, 40, 60, 80]
    assert RETRY_S == 1.0


def test_unplugged_and_back():
    link = CameraLink("wrist")
    link.frame(480, 640)
    assert "is gone: no pictures" in link.lost("no pictures")
    assert link.frame(480, 640) == (True, "camera wrist is back")
    assert not link.trouble
    assert "is gone" in link.lost("again")


def test_another_size_after_it_came_back_is_refused_with_one_message():
    link = CameraLink("wrist")
    link.frame(480, 640)
    link.lost("no pictures")
    counts, text = link.frame(720, 1280)
    assert not counts
    assert "sends 1280x720 now and sent 640x480 before" in text
    assert [link.frame(720, 1280) for _ in range(100)] == [(False, "")] * 100
    assert link.trouble
    assert link.frame(480, 640) == (True, "camera wrist is back")
    assert not link.trouble


def test_a_third_size_is_told_again():
    link = CameraLink("wrist")
    link.frame(480, 640)
    assert link.frame(720, 1280)[1]
    assert "640x480 before" in link.frame(100, 100)[1]


@pytest.mark.parametrize(
    ("claimed_ms", "taken_ms"),
    [(4980, 4980), (5000, 5000), (5001, 5000), (4000, 5000), (3990, 5000), (0, 5000), (90_000, 5000)],
)
def test_a_stamp_counts_only_where_it_can_be_true(claimed_ms, taken_ms):
    assert acquisition_ns(claimed_ms * 1_000_000, 5_000_000_000) == taken_ms * 1_000_000


def test_only_the_size_of_the_first_image_counts():
    first = FirstSize("wrist", "start the run again")
    assert first.refusal(480, 640) == ""
    told = first.refusal(720, 1280)
    assert told.startswith("camera wrist sends 1280x720 now and sent 640x480 before")
    assert told.endswith("Connect the first one, or start the run again")
    assert first.refusal(480, 640) == ""
