"""Which states are answered: not those that were read late, but always some."""

from dsrl_ros.robot_ends.fci.punctuality import MOST, Punctuality

TICK_S = 1e-3


def test_a_state_that_was_read_late_is_passed_over() -> None:
    punctuality = Punctuality(TICK_S)
    assert not any(punctuality.is_late(1.1e-3, TICK_S) for _ in range(1000))
    assert punctuality.is_late(3e-3, TICK_S)
    assert not punctuality.is_late(3e-3, 3 * TICK_S)  # of three states the newest was read, in time


def test_what_is_slow_for_ever_is_answered_all_the_same() -> None:
    punctuality = Punctuality(TICK_S)
    late = [punctuality.is_late(4e-3, TICK_S) for _ in range(1000)]
    assert late[: MOST + 1] == [True] * MOST + [False]
    assert not any(late[600:])
