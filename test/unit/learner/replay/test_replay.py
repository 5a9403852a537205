"""The buffer against a naive list, and the discount by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learner_samples import make_episode

from dsrl_core.errors import InvalidRequest
from dsrl_core.learner.replay.replay_buffer import Replay, discounts, n_step_returns
from dsrl_core.networks.shapes import LearnerShapes
from dsrl_core.types import Episode

SHAPES = LearnerShapes(cameras=2, image_size=8, state_dim=2, feature_dim=1, vectors=2, noise_dim=3)
GAMMA = 0.99


def _naive(episode: Episode, n_step: int = 1) -> list[tuple[np.ndarray, ...]]:
    """One tuple per decision: its view and noise, what the next decisions earn, the discount and view after them."""
    rows, last = [], episode.decisions
    for t in range(last):
        reward, discount, end = 0.0, 1.0, min(t + n_step, last)
        for u in range(t, end):
            reward += discount * float(episode.rewards[u])
            discount *= 0.0 if episode.terminated and u == last - 1 else GAMMA ** int(episode.n_executed[u])
        views = [(episode.images[i], episode.states[i], episode.features[i]) for i in (t, end)]
        rows.append((*views[0], episode.noises[t], np.float32(reward), np.float32(discount), *views[1]))
    return rows


def _assert_holds(replay: Replay, episodes: list[Episode], n_step: int = 1) -> None:
    expected = [row for episode in episodes for row in _naive(episode, n_step)]
    assert len(replay) == len(expected)
    if not expected:
        return
    batch = replay.get(np.arange(len(expected)))
    actual = (*batch.view[:3], batch.noise, batch.reward, batch.discount, *batch.next_view[:3])
    for column, stacked in zip(actual, zip(*expected, strict=True), strict=True):
        np.testing.assert_allclose(column, np.stack(stacked), rtol=0 if n_step == 1 else 1e-6)


@settings(max_examples=60, deadline=None)
@given(
    capacity=st.integers(1, 12),
    lengths=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=25),
    n_step=st.integers(1, 8),
)
def test_equals_a_list_that_forgets_whole_episodes(capacity: int, lengths: list[tuple[int, bool]], n_step: int):
    replay, held = Replay(capacity, SHAPES, GAMMA, n_step=n_step), []
    for number, (n, terminated) in enumerate(lengths):
        episode = make_episode(number, n, SHAPES, terminated=terminated)
        if n > capacity:
            with pytest.raises(ValueError, match="replay_capacity"):
                replay.add(episode)
        else:
            replay.add(episode)
            if n:
                held.append(episode)
            while sum(e.decisions for e in held) > capacity:
                held.pop(0)
        _assert_holds(replay, held, n_step)


def test_returns_of_several_decisions_by_hand():
    rewards, discounts = np.asarray([-1, -1, -1, 0], np.float32), np.asarray([0.5, 0.5, 0.5, 0], np.float32)
    np.testing.assert_array_equal(n_step_returns(rewards, discounts, 1), (rewards, discounts))
    expected = [-1.5, -1.5, -1.0, 0.0], [0.25, 0.25, 0.0, 0.0]
    np.testing.assert_array_equal(n_step_returns(rewards, discounts, 2), expected)
    whole = [-1.75, -1.5, -1.0, 0.0], [0.0, 0.0, 0.0, 0.0]
    np.testing.assert_array_equal(n_step_returns(rewards, discounts, 9), whole)


def test_discount_of_time_out_termination_and_short_chunk():
    executed = np.asarray([20, 20, 7], np.int32)
    time_out = make_episode(0, 3, n_executed=executed, terminated=False, truncated=True)
    success = make_episode(0, 3, n_executed=executed, terminated=True, truncated=False)
    np.testing.assert_allclose(discounts(time_out, 0.5), [2.0**-20, 2.0**-20, 2.0**-7])
    np.testing.assert_allclose(discounts(success, 0.5), [2.0**-20, 2.0**-20, 0.0])


def test_each_frame_is_stored_once():
    replay = Replay(10, SHAPES, GAMMA)
    replay.add(make_episode(0, 4, SHAPES))
    replay.add(make_episode(1, 5, SHAPES))
    assert replay.ring.frames.used == 5 + 6


def test_sampling_depends_on_the_generator_and_the_contents_alone():
    fresh, worn = Replay(12, SHAPES, GAMMA), Replay(12, SHAPES, GAMMA)
    for number in range(7):
        worn.add(make_episode(100 + number, 5, SHAPES))
    for number in range(3):
        fresh.add(make_episode(number, 4, SHAPES))
        worn.add(make_episode(number, 4, SHAPES))
    samples = [replay.sample(np.random.default_rng(1), 50) for replay in (fresh, worn)]
    np.testing.assert_array_equal(samples[0].view.images, samples[1].view.images)
    np.testing.assert_array_equal(samples[0].noise, samples[1].noise)


def test_every_transition_is_drawn_equally_often():
    replay = Replay(12, SHAPES, GAMMA)
    for number, n in enumerate((1, 4, 6)):
        replay.add(make_episode(number, n, SHAPES, rewards=np.arange(n, dtype=np.float32) + 10 * number))
    rewards = replay.sample(np.random.default_rng(0), 11_000).reward
    values, counts = np.unique(rewards, return_counts=True)
    assert len(values) == 11
    assert counts.min() > 850
    assert counts.max() < 1150


def test_a_sample_of_nothing_and_a_wrong_shape_are_errors():
    replay = Replay(5, SHAPES, GAMMA)
    with pytest.raises(ValueError, match="empty"):
        replay.sample(np.random.default_rng(0), 4)
    with pytest.raises(ValueError, match=r"episode 0: state has shape \(4, 1\), expected \(4, 2\)"):
        replay.add(make_episode(0, 3, SHAPES, states=np.zeros((4, 1), np.float32)))
    assert len(replay) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((4, 2, 8, 8, 3), np.float32)}, "images is float32, expected uint8"),
        ({"images": np.zeros((4, 1, 8, 8, 3), np.uint8)}, r"images has shape \(4, 1, 8, 8, 3\), expected"),
        ({"states": np.zeros((4, 2))}, "state is float64, expected float32"),
        ({"noises": np.zeros((3, 1, 3), np.float32)}, r"noise has shape \(3, 1, 3\), expected \(3, 2, 3\)"),
        ({"n_executed": np.ones(2, np.int32)}, r"n_executed has shape \(2,\), expected \(3,\)"),
        ({"rewards": np.asarray([-1, np.nan, 0], np.float32)}, r"reward is nan at \[1\]; every value must be finite"),
        ({"features": np.full((4, 1), np.inf, np.float32)}, r"features is inf at \[0, 0\]"),
        ({"noises": np.full((3, 2, 3), -np.inf, np.float32)}, r"noise is -inf at \[0, 0, 0\]"),
    ],
)
def test_an_episode_that_does_not_fit_changes_nothing(change: dict, message: str):
    replay, held = Replay(6, SHAPES, GAMMA), [make_episode(0, 4, SHAPES)]
    replay.add(held[0])
    with pytest.raises(InvalidRequest, match=f"episode 1: {message}"):
        replay.add(make_episode(1, 3, SHAPES, **change))
    _assert_holds(replay, held)


def test_the_bytes_of_everything_held_are_counted():
    replay = Replay(12, SHAPES, GAMMA)
    replay.add(make_episode(0, 4, SHAPES))
    frame = 2 * 8 * 8 * 3 + 4 * (2 + 1)
    assert replay.nbytes == 5 * frame + 4 * (4 * 2 * 3 + 4 + 4 + 12)


def test_two_buffers_in_one_memory_keep_their_own():
    first = Replay(6, SHAPES, GAMMA)
    second = Replay(6, SHAPES, GAMMA, first.ring.frames)
    episodes = [make_episode(number, 3, SHAPES) for number in range(6)]
    for number, episode in enumerate(episodes):
        (second if number in (1, 4) else first).add(episode)
    _assert_holds(first, [episodes[3], episodes[5]])
    _assert_holds(second, [episodes[1], episodes[4]])
    assert first.ring.frames.used == 4 * 4
