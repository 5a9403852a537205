"""The rail of the cameras in steering: judged while a decision is due, at both sides of its deadlines."""

import pytest

from dsrl_core.acting.execution.rails.verdict import OK, Level
from dsrl_core.acting.moments import ExactMoments, NewestMoments
from dsrl_core.acting.streams import REWARD, STATE, Sample
from dsrl_core.config.resolve import load_run

PLATFORM = load_run("franka", "run").platform
CAMERAS = tuple(PLATFORM.observation.cameras)
WANTED = {STATE, REWARD, *(f"images/{name}" for name in CAMERAS)}


def waiting(asked_s: float, last_image_s: float) -> NewestMoments:
    """A decision is due since `asked_s`; the wrist camera spoke last at `last_image_s`, the others go on."""
    moments = NewestMoments(WANTED, PLATFORM)
    moments.begin(0, 0.0)
    for name in CAMERAS:
        at_s = last_image_s if name == "wrist" else asked_s + 60.0
        moments.add(f"images/{name}", Sample(round(1e9 * at_s), at_s, None))
    moments.add(REWARD, Sample(round(1e9 * asked_s), asked_s, None))
    return moments


@pytest.mark.parametrize(
    ("after_s", "level"),
    [(0.1, Level.OK), (0.11, Level.NOTICE), (0.26, Level.HOLD), (0.99, Level.HOLD), (1.01, Level.DROP)],
)
def test_a_camera_that_is_silent_while_a_decision_is_due(after_s: float, level: Level):
    verdict = waiting(asked_s=10.0, last_image_s=8.0).cameras(10.0 + after_s)
    assert verdict.level is level
    assert ("camera wrist" in verdict.reason) == (level is not Level.OK)


def test_an_image_that_came_since_counts():
    assert waiting(asked_s=10.0, last_image_s=10.9).cameras(11.5).level is Level.HOLD
    assert waiting(asked_s=10.0, last_image_s=10.9).cameras(11.91).level is Level.DROP


def test_a_camera_that_never_spoke():
    moments = NewestMoments(WANTED, PLATFORM)
    moments.begin(0, 0.0)
    assert moments.cameras(100.0) == OK, "no decision is due"
    moments.add(REWARD, Sample(0, 100.0, None))
    assert moments.cameras(101.01).level is Level.DROP


def test_after_the_end_a_camera_may_be_silent_as_long_as_the_person_is():
    moments = waiting(asked_s=10.0, last_image_s=8.0)
    moments.freeze(10_000_000_000)
    assert moments.cameras(70.0) == OK


def test_in_lockstep_no_camera_is_late():
    assert ExactMoments(WANTED, PLATFORM).cameras(1e6) == OK
