"""An observation that stays incomplete is told of before it costs the episode, with what may explain it."""

import pytest
from builders import make_platform

from dsrl_core.acting.stall import HEARD_S, Stall


@pytest.mark.parametrize(("timeout_s", "rate_hz"), [(10.0, 20.0), (0.3, 20.0), (10.0, 0.1)])
def test_the_warning_comes_before_the_drop_and_after_the_chunk(timeout_s: float, rate_hz: float):
    action = {"rate_hz": rate_hz}
    stall = Stall(make_platform({"observation": {"timeout_s": timeout_s}, "action": action}))
    assert not stall.late(100.0, 100.0 + timeout_s / 3)
    assert stall.late(100.0, 100.0 + 0.7 * timeout_s)


def test_complaints_of_nodes_explain_what_lacks():
    stall = Stall(make_platform())
    lacking = {"state": "silent for 3.0 s", "images/a": "nothing came yet"}
    assert stall.words(lacking, 10.0, 13.0) == "images/a (nothing came yet), state (silent for 3.0 s)"
    stall.heard("camera_a: topic", "camera_a: its clock is off", 12.0)
    assert stall.words(lacking, 10.0, 13.0).endswith("state (silent for 3.0 s); camera_a: its clock is off")
    assert "clock" not in stall.words(lacking, 12.0 + HEARD_S, 12.5 + HEARD_S), "too long ago"
    stall.heard("camera_a: topic", "", 13.0)
    assert "clock" not in stall.words(lacking, 10.0, 13.0), "it is over"


def test_where_nothing_comes_at_all_that_is_said_in_short():
    stall = Stall(make_platform())
    lacking = dict.fromkeys(("images/camera0", "reward", "state"), "silent for 3.9 s")
    assert stall.words(lacking, 0.0, 4.0) == "every stream (silent for 3.9 s)"
