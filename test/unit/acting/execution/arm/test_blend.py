"""Late knots are followed as near as the arm can, and otherwise not at all."""

import numpy as np
import pytest

from dsrl_core.acting.execution.arm.blend import beyond, follow, tried
from dsrl_core.acting.execution.arm.knots import KnotStream
from dsrl_core.acting.execution.arm.model import load_arm
from dsrl_core.acting.execution.arm.planner import Planner
from dsrl_core.acting.execution.arm.quintic import Knot, Track
from dsrl_core.acting.execution.rails.workspace import workspace

ARM, P, STILL = load_arm("fr3"), 1 / 15, np.zeros(7)
WIDE = workspace(np.full(3, -2.0), np.full(3, 2.0), -3.0, 0.5)


def stream(speed: float) -> list[tuple[float, list[Knot]]]:
    """Messages of a motion of joint 1 with the times at which they are sent, s."""
    made = KnotStream(Planner(ARM, P, WIDE), P, 0.067)
    made.anchor(0.0, ARM.home)
    return [(1.0 + k * P, made.send(1.0 + k * P, speed * np.eye(7)[0])) for k in range(6)]


def test_what_comes_in_time_is_followed_as_it_is():
    track, plain = Track(ARM.home), Track(ARM.home)
    for sent_s, knots in stream(0.6):
        blended = follow(ARM, track, sent_s + 0.03, knots)
        assert blended is not None
        plain.replace(sent_s + 0.03, knots)
        track = blended
        np.testing.assert_array_equal(track.sample(sent_s + 0.1)[0], plain.sample(sent_s + 0.1)[0])


@pytest.mark.parametrize("late_s", [0.08, 0.1, 0.12])
def test_a_message_that_comes_in_the_stop_is_no_jolt_and_the_arm_ends_where_it_says(late_s: float):
    messages, track = stream(0.4), Track(ARM.home)
    for sent_s, knots in messages[:-1]:
        track = follow(ARM, track, sent_s, knots) or track
    sent_s, knots = messages[-1]
    jolted = tried(track, sent_s + late_s, [knot for knot in knots if knot.time_s > sent_s + late_s])
    assert beyond(ARM, jolted[1], jolted[2])
    blended = follow(ARM, track, sent_s + late_s, knots)
    assert blended is not None
    times = np.linspace(sent_s + late_s, blended.end_s, 500)
    assert not beyond(ARM, times, blended.samples(times))
    np.testing.assert_allclose(blended.sample(blended.end_s)[0], knots[-1].positions, atol=1e-9)


def test_what_cannot_be_followed_is_refused():
    far = [Knot(0.5, ARM.home + 0.8, STILL)]
    assert follow(ARM, Track(ARM.home), 0.4, far) is None
    assert follow(ARM, Track(ARM.home), 0.6, far) is None, "it is past"


def test_an_arm_at_rest_is_not_given_more_time_than_a_message_in_time_asks_for():
    quick = [Knot(0.2, ARM.home + 0.1, STILL)]
    assert follow(ARM, Track(ARM.home), 0.0, quick) is None
    assert follow(ARM, Track(ARM.home), 0.0, [Knot(0.4, ARM.home + 0.1, STILL)]) is not None
