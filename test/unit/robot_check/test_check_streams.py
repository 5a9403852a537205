"""Streams of drivers: who publishes, how often, by which clock."""

import numpy as np
import pytest
from robot_check_samples import IMAGE, MS, not_ok, stream, words

from dsrl_core.robot_check import streams
from dsrl_core.robot_check.finding import Verdict


def test_a_sound_stream_is_as_it_must_be():
    assert not_ok([*streams.source("arm", stream()), *streams.clock("arm", stream())]) == {}


def test_a_topic_that_nobody_publishes_is_wrong_and_those_that_are_there_are_named():
    nobody = stream(count=0, publishers=(), kinds=(), others=("/joint_states", "/franka/joint_states"))
    found = streams.source("arm", nobody)
    assert not_ok(found) == {"arm: publisher": "wrong"}
    assert "nobody publishes /joints; of this type there are /joint_states, /franka/" in words(found, "arm: publisher")
    assert "names differ between versions" in words(found, "arm: publisher")
    alone = streams.source("arm", stream(count=0, publishers=(), kinds=()))
    assert "start its driver, in the same ROS_DOMAIN_ID" in words(alone, "arm: publisher")


def test_another_type_on_the_topic_is_wrong():
    found = streams.source("camera", stream(kind=IMAGE, kinds=("sensor_msgs/msg/CompressedImage",)))
    assert "carries sensor_msgs/msg/CompressedImage; expected sensor_msgs/msg/Image" in words(
        found, "camera: publisher"
    )


def test_two_publishers_are_wrong_unless_each_has_joints_of_its_own():
    two = stream(publishers=("/one", "/other"))
    assert not_ok(streams.source("arm", two)) == {"arm: publisher": "wrong"}
    assert "2 publish /joints: /one, /other" in words(streams.source("arm", two), "arm: publisher")
    assert not_ok(streams.source("arm", two, sharing=2)) == {}
    assert streams.drivers([("a", "b"), ("c",), ("c", "d")]) == 2
    assert streams.drivers([]) == 1


def test_a_publisher_that_says_nothing_is_wrong():
    found = streams.source("arm", stream(count=0))
    assert not_ok(found) == {"arm: publisher": "wrong"}
    assert "after a reflex a driver falls silent" in words(found, "arm: publisher")


def test_rates_are_counted_by_arrival():
    assert streams.rate_hz(stream(40.0)) == pytest.approx(40.0)
    assert streams.rate_hz(stream(count=1)) == 0.0
    assert streams.rate_hz(stream(count=0)) == 0.0


@pytest.mark.parametrize(
    ("rate", "verdict"), [(100.0, Verdict.OK), (89.0, Verdict.NOTICE), (41.0, Verdict.NOTICE), (39.0, Verdict.WRONG)]
)
def test_a_rate_is_judged_by_what_is_wanted_and_by_what_must_be(rate: float, verdict: Verdict):
    found = streams.too_slow("arm", stream(rate), 90.0, 40.0, "faster")
    assert (found.verdict, found.remedy) == (verdict, "" if verdict is Verdict.OK else "faster")


@pytest.mark.parametrize(
    ("age_ms", "verdict"),
    [
        (9.0, None),
        (11.0, "notice"),
        (49.0, "notice"),
        (51.0, "wrong"),
        (-9.0, None),
        (-11.0, "notice"),
        (-51.0, "wrong"),
    ],
)
def test_an_offset_of_clocks_is_judged_by_what_absolute_stamps_bear(age_ms: float, verdict: str | None):
    found = list(streams.clock("arm", stream(age_ms=age_ms)))
    assert not_ok(found).get("arm: clock") == verdict
    assert ("behind" if age_ms > 0 else "ahead of") in words(found, "arm: clock")


@pytest.mark.parametrize(("late_ms", "verdict"), [(19.0, None), (22.0, "notice"), (48.0, "notice"), (53.0, "wrong")])
def test_jitter_is_judged_by_the_silence_that_stops_the_arm(late_ms: float, verdict: str | None):
    ages = np.ones(200)
    ages[::20] += late_ms
    found = streams.clock("arm", stream(count=200, age_ms=ages))
    assert not_ok(found).get("arm: jitter") == verdict


def test_one_late_message_of_two_hundred_is_no_jitter():
    ages = np.ones(400)
    ages[50] += 200
    assert not_ok(streams.clock("arm", stream(count=400, age_ms=ages))) == {}


def test_stamps_of_zero_and_stamps_that_stand_still_are_wrong():
    never = stream(count=5, stamps_ns=np.zeros(5, np.int64))
    assert not_ok(streams.clock("arm", never)) == {"arm: stamps": "wrong"}
    still = stream(count=5, stamps_ns=np.full(5, 7 * MS, np.int64))
    assert not_ok(streams.clock("arm", still)) == {"arm: stamps": "wrong"}
    assert list(streams.clock("arm", stream(count=0))) == []
