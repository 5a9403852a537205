"""The executor follows the episodes that are started, and no number makes it deaf to the next one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrl_core.acting.execution.followed_episode import MAX_SKIPPED, FollowedEpisode
from dsrl_core.errors import InvalidRequest

HIGHEST = 2**32 - 1


def following(*numbers: int) -> FollowedEpisode:
    followed = FollowedEpisode()
    for number in numbers:
        followed.enter(number)
    return followed


def test_each_start_is_followed_once():
    followed = FollowedEpisode()
    assert [followed.enter(number) for number in (7, 7, 8, 8, 9)] == [True, False, True, False, True]
    assert followed.number == 9


def test_an_episode_that_was_left_never_comes_back():
    followed = following(0, 1, 2)
    assert not followed.enter(0)
    assert not followed.enter(1)
    assert followed.number == 2


def test_a_lower_number_that_comes_late_once_is_ignored():
    """A chunk of 6 came before the queued start of 5."""
    followed = FollowedEpisode()
    assert [followed.enter(number) for number in (4, 6, 5, 6, 6, 6)] == [True, True] + [False] * 4
    assert followed.number == 6
    assert following(4, 6, 5, 6, 5, 6).number == 6, "not twice in a row"
    assert following(4, 7, 5, 6, 5).number == 7, "not the same one"


def test_a_lower_number_that_comes_twice_in_a_row_repairs_a_wrong_one():
    followed = following(4, 900, 5)
    assert followed.enter(5)
    assert [followed.enter(number) for number in (4, 4, 6)] == [False, False, True]


def test_where_a_late_number_came_twice_the_newest_episode_is_found_again():
    assert following(4, 6, 5, 5, 6).number == 6


def test_a_number_far_above_the_last_is_refused():
    followed = following(12)
    with pytest.raises(InvalidRequest, match="episode 4294967295 cannot follow 12"):
        followed.enter(HIGHEST)
    assert followed.number == 12
    assert followed.enter(13)


@given(st.integers(0, HIGHEST))
def test_a_wrong_first_number_does_not_make_it_deaf(wrong: int):
    followed = following(wrong)
    for number in range(3):
        followed.enter(number)
        followed.enter(number)  # a start is sent again while nothing happens
        assert followed.number == number or number > wrong + MAX_SKIPPED or number == wrong


@given(st.lists(st.integers(0, HIGHEST), max_size=20), st.integers(0, 100))
def test_whatever_came_the_episodes_after_it_are_followed(wrong: list[int], start: int):
    followed = following(start)
    for number in wrong:
        try:
            followed.enter(number)
        except InvalidRequest:
            continue
    for number in range(start + 1, start + 4):
        if number not in wrong:
            followed.enter(number)
            followed.enter(number)
            assert followed.number == number
