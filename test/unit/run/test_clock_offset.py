"""The offset of another host's clock from round trips, and what is said of it."""

import pytest
from builders import make_config
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl_core.run.clock_offset import ClockOffset, RoundTrip, clock_offset, clock_warning

MS = 1_000_000


def trip(ahead_ms: float, there_ms: float, back_ms: float, works_ms: float = 0.0, start_ns: int = 10**18) -> RoundTrip:
    received = start_ns + int((there_ms + ahead_ms) * MS)
    answered = received + int(works_ms * MS)
    return RoundTrip(start_ns, received, answered, int(answered - ahead_ms * MS + back_ms * MS))


def test_equal_ways_give_the_offset_itself():
    offset = clock_offset([trip(ahead_ms=250.0, there_ms=2.0, back_ms=2.0, works_ms=5.0)])
    assert offset.ahead_s == pytest.approx(0.250, abs=1e-6)
    assert offset.way_s == pytest.approx(0.004, abs=1e-6)


def test_the_fastest_round_trip_is_believed():
    slow, fast = trip(-30.0, 90.0, 1.0), trip(-30.0, 1.0, 1.2)
    assert clock_offset([slow, fast, slow]).ahead_s == pytest.approx(-0.030, abs=2e-4)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e3), st.floats(0, 1e3), st.floats(0, 1e3))
def test_the_true_offset_is_within_half_a_round_trip(ahead: float, there: float, back: float, works: float):
    offset = clock_offset([trip(ahead, there, back, works)])
    assert abs(offset.ahead_s - ahead / 1e3) <= offset.way_s / 2 + 1e-6


def test_without_a_round_trip_nothing_is_known():
    with pytest.raises(ValueError, match="empty"):
        clock_offset([])


def test_the_words_name_the_direction_and_the_uncertainty():
    assert ClockOffset(0.0031, 0.0004).words() == (
        "its clock is 3.1 ms (± 0.2 ms) ahead of this host's; a round trip takes 0.4 ms"
    )
    assert "120.0 ms (± 5.0 ms) behind this host's" in ClockOffset(-0.12, 0.01).words()


def test_in_simulated_time_no_offset_matters():
    assert clock_warning(ClockOffset(3600.0, 0.001), make_config()) == ""


def test_on_hardware_an_offset_that_a_camera_rule_would_feel_is_warned_of():
    config = make_config(platform={"observation": {"stamps": "newest"}})
    allowed_s = config.platform.observation.cameras["camera0"].max_age_ms / 1e3
    assert clock_warning(ClockOffset(0.4 * allowed_s, 0.001), config) == ""
    assert clock_warning(ClockOffset(allowed_s, 2 * allowed_s), config) == "", "it may as well be none"
    words = clock_warning(ClockOffset(-2.0 * allowed_s, 0.001), config)
    assert "observation.cameras.camera0.max_age_ms=" in words
    assert "Synchronise the clocks" in words
