"""A checkpoint fits the episodes that it has learned from, in their order, and no others."""

import pytest
from builders import make_episode

from dsrl_core.learner.history import History

EPISODES = [make_episode(number) for number in range(4)]


def of(*numbers: int, expected: History | None = None) -> History:
    history = History()
    if expected is not None:
        history.expect(expected.state())
    for number in numbers:
        history.add(EPISODES[number])
    return history


def test_the_same_episodes_fit():
    assert of(0, 1, 2, expected=of(0, 1, 2)).complete


@pytest.mark.parametrize(
    ("numbers", "others"), [((0, 1), False), ((), False), ((0, 1, 3), True), ((1, 0, 2), True), ((0, 1, 2, 3), True)]
)
def test_fewer_others_and_more_do_not(numbers: tuple[int, ...], others: bool):
    history = of(*numbers, expected=of(0, 1, 2))
    assert not history.complete
    assert history.others is others


def test_a_checkpoint_of_an_earlier_version_fits_any():
    history = of(0, 3)
    history.expect(None)
    assert history.complete
    assert not history.others
