"""Numbers as people read them."""

import pytest

from dsrl_core.view import words


@pytest.mark.parametrize(("seconds", "text"), [(None, "–"), (8.4, "8 s"), (200, "3 min 20 s"), (3900, "1 h 05 min")])
def test_durations(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (3, "10 s"), (52, "50 s"), (250, "4 min"), (2400, "40 min"), (4300, "1 h 10 min")],
)
def test_rough_durations(seconds: float | None, text: str) -> None:
    assert words.about(seconds) == text


def test_ages_shares_and_counts() -> None:
    assert [words.age(age) for age in (None, 0.5, 4.2)] == ["never", "now", "4 s ago"]
    assert [words.percent(share) for share in (None, 0.654)] == ["–", "65 %"]
    assert words.count(12340) == "12\u2009340"
