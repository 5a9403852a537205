"""Cameras: what they send, how old it is, and what their pictures show."""

import numpy as np
import pytest
from robot_check_samples import IMAGE, camera, franka, joints, not_ok, picture, stream, words

from dsrl_core.robot_check import cameras, pictures, spread

CONTRACT = franka()


def found(**changes: object):
    """All three cameras, of which the right one is changed."""
    facts = {name: camera(seed) for seed, name in enumerate(CONTRACT.observation.cameras)}
    return cameras.findings({**facts, "right": camera(1, **changes)}, CONTRACT)


def images(rate_hz: float = 30.0, age_ms: object = 20.0, **changes: object):
    return stream(rate_hz, age_ms=age_ms, **{"kind": IMAGE, "kinds": (IMAGE,), **changes})


def test_sound_cameras_are_as_they_must_be():
    assert not_ok(found()) == {}


def test_only_the_publisher_is_told_of_a_camera_that_is_not_there():
    assert not_ok(found(stream=images(count=0, publishers=(), kinds=()))) == {"camera right: publisher": "wrong"}


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [(14.0, {}), (13.0, {"camera right: rate": "notice"}), (3.9, {"camera right: rate": "wrong"})],
)
def test_a_camera_should_be_as_fast_as_control_and_must_never_be_stale(rate: float, verdict: dict[str, str]):
    assert not_ok(found(stream=images(rate))) == verdict


@pytest.mark.parametrize(
    ("age", "verdict"),
    [(95.0, {}), (105.0, {"camera right: age": "notice"}), (260.0, {"camera right: age": "wrong"}), (-40.0, {})],
)
def test_the_age_of_the_oldest_in_a_hundred_counts(age: float, verdict: dict[str, str]):
    ages = np.full(61, 20.0)
    ages[::10] = age
    assert not_ok(found(stream=images(age_ms=ages))) == verdict


def test_a_clock_that_is_ahead_and_stamps_of_zero_are_wrong():
    assert not_ok(found(stream=images(age_ms=-60.0))) == {"camera right: clock": "wrong"}
    assert not_ok(found(stream=images(stamps_ns=np.zeros(61, np.int64)))) == {"camera right: stamps": "wrong"}


@pytest.mark.parametrize(("frozen", "verdict"), [(499.0, {}), (501.0, {"camera right: frozen": "wrong"})])
def test_pixels_that_stand_still_for_too_long_are_wrong(frozen: float, verdict: dict[str, str]):
    assert not_ok(found(frozen_ms=frozen)) == verdict


def test_encodings_that_cannot_be_read_are_wrong_and_guessed_ones_are_told():
    assert not_ok(found(fault="Image.encoding='16UC1' is depth", picture=None)) == {"camera right: encoding": "wrong"}
    assert not_ok(found(guess="8UC3 does not name its colours")) == {"camera right: encoding": "notice"}


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        (((224, 224),), {}),
        (((480, 200),), {}),
        (((223, 223),), {"camera right: size": "notice"}),
        (((480, 640), (240, 320)), {"camera right: size": "wrong"}),
    ],
)
def test_sizes_are_large_enough_and_stay(sizes: tuple[tuple[int, int], ...], verdict: dict[str, str]):
    assert not_ok(found(sizes=sizes)) == verdict


def test_a_black_picture_is_wrong_and_one_of_one_colour_is_told():
    dark = np.full((48, 64, 3), 12, np.uint8)
    assert not_ok(found(picture=dark)) == {"camera right: picture": "wrong"}
    assert not_ok(found(picture=dark + 100)) == {"camera right: picture": "notice"}
    dark[:10] = 200  # a lamp
    assert not_ok(found(picture=dark)) == {}


def test_two_cameras_with_one_picture_are_wrong_whatever_their_size():
    other = np.clip(picture(0, 480, 640) * 0.97 + 3, 0, 255).astype(np.uint8)  # exposed a little differently
    twins = found(picture=other)
    assert not_ok(twins) == {"cameras: twins": "wrong"}
    assert "left and right show the same picture" in words(twins, "cameras: twins")


def test_pictures_that_are_inverted_turned_or_shifted_are_no_twins():
    one = picture(0)
    for other in (255 - one, one[:, ::-1], np.roll(one, 40, axis=1)):
        assert list(pictures.twins({"a": one, "b": other})) == []


def test_covered_cameras_are_no_twins():
    plain = np.full((48, 64, 3), 90, np.uint8)
    assert list(pictures.twins({"a": plain, "b": plain})) == []


def told_of_times(*ages: object, **changes: object) -> dict[str, str]:
    """Cameras whose pictures are that old on arrival, and an arm."""
    of = [camera(number, stream=images(age_ms=age, **changes)) for number, age in enumerate(ages)]
    arm = joints(stream=stream(topic="/franka_robot_state_broadcaster/measured_joint_states"))
    return not_ok(spread.findings([arm], of, CONTRACT))


@pytest.mark.parametrize(
    ("late", "verdict"),
    [(68.0, {}), (72.0, {"cameras: skew": "wrong"}), (175.0, {"cameras: skew": "wrong", "observation": "wrong"})],
)
def test_cameras_must_be_of_one_moment(late: float, verdict: dict[str, str]):
    assert told_of_times(20.0, late) == verdict


def test_cameras_that_are_apart_now_and_then_are_told():
    ages = np.where(np.arange(61) % 3, 20.0, 100.0)
    assert told_of_times(20.0, ages) == {"cameras: skew": "notice"}


def test_a_decision_needs_all_streams_within_the_tolerance():
    assert told_of_times(140.0, 140.0) == {}
    assert told_of_times(160.0, 160.0) == {"observation": "wrong"}


def test_of_streams_that_are_silent_nothing_is_said():
    assert told_of_times(20.0) == {}
    assert spread.findings([], [camera(0, stream=images(count=0))], CONTRACT) == []
