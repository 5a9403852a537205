"""What the actor is made to repeat: an operator's successful decisions alone, by a weight that may fade."""

from typing import Any

import numpy as np
import pytest
from builders import SHAPES, make_config, make_episode

from dsrl_core.learner.replay.cloning import Cloning
from dsrl_core.learner.replay.replay_buffer import Replay
from dsrl_core.types import Episode, NoiseSource

OPERATOR, FAR, PRIOR = NoiseSource.OPERATOR, NoiseSource.OPERATOR_FAR, NoiseSource.PRIOR_REPEATED


def cloning_of(
    capacity: int = 40, episodes: int = 4, magnitude: float = 1000.0, **clone: Any
) -> tuple[Cloning, Replay]:
    noise, clone = {"magnitude": magnitude}, {"batch_size": 32, **clone}
    changes = {"clone": clone, "noise": noise, "replay_capacity": capacity}
    config = make_config(changes, platform={"operator": {"episodes": episodes}})
    replay = Replay(capacity, SHAPES, config.preset.sac.discount)
    return Cloning(config, replay), replay


def operated(number: int, *sources: NoiseSource, success: bool = True) -> Episode:
    """Its noises are 10 * number + decision."""
    noises = 10 * number + np.arange(len(sources), dtype=np.float32)[:, None, None] + np.zeros(SHAPES.noise, np.float32)
    facts = {"success": success, "terminated": success, "truncated": not success}
    return make_episode(number, len(sources), noises=noises, noise_sources=sources, **facts)


def drawn(cloning: Cloning, draws: int = 30) -> list[int]:
    """The noises that come up."""
    return sorted({int(value) for step in range(draws) for value in cloning.draw(step).noise[:, 0, 0]})


def test_successful_decisions_of_the_operator_are_drawn_and_no_others():
    cloning, _ = cloning_of()
    cloning.add(operated(1, OPERATOR, FAR, OPERATOR))
    cloning.add(operated(2, OPERATOR, OPERATOR, success=False))
    cloning.add(operated(3, PRIOR, PRIOR))
    cloning.add(operated(4, PRIOR, OPERATOR, PRIOR))
    assert len(cloning) == 3
    assert drawn(cloning) == [10, 12, 41]


def test_no_noise_is_asked_for_at_the_very_end_of_the_range():
    cloning, _ = cloning_of(magnitude=11.0)
    cloning.add(operated(1, OPERATOR, OPERATOR))
    drawn = np.unique(np.concatenate([cloning.draw(step).noise for step in range(9)]))
    np.testing.assert_allclose(drawn, [10.0, 0.995 * 11.0])


def test_a_decision_comes_with_what_was_seen():
    cloning, replay = cloning_of()
    replay.add(make_episode(7))
    episode = operated(1, FAR, OPERATOR)
    replay.add(episode)
    cloning.add(episode)
    clone = replay.clone(cloning.draw(0))
    np.testing.assert_array_equal(clone.view.state, np.tile(episode.states[1], (32, 1)))
    np.testing.assert_array_equal(clone.view.images[0], replay.clone(cloning.draw(1)).view.images[5])
    np.testing.assert_array_equal(clone.noise, np.full((32, *SHAPES.noise), 11, np.float32))


def test_the_oldest_make_room():
    cloning, _ = cloning_of(capacity=6)
    for number in (1, 2, 3):
        cloning.add(operated(number, OPERATOR, PRIOR, OPERATOR))
    assert drawn(cloning) == [20, 22, 30, 32]
    assert len(cloning) == 4


def test_what_the_replay_buffer_forgets_is_still_cloned():
    cloning, replay = cloning_of(capacity=6)
    cloning.add(operated(1, OPERATOR, OPERATOR))
    for number in range(10):
        replay.add(make_episode(number))
    clone = replay.clone(cloning.draw(0))
    assert {tuple(row) for row in clone.view.state} <= {tuple(row) for row in operated(1, OPERATOR, OPERATOR).states}


def test_draws_follow_from_the_seed_and_the_gradient_step():
    cloning, _ = cloning_of()
    cloning.add(operated(1, *[OPERATOR] * 8))
    np.testing.assert_array_equal(cloning.draw(3).noise, cloning.draw(3).noise)
    assert not np.array_equal(cloning.draw(3).noise, cloning.draw(4).noise)


@pytest.mark.parametrize(
    ("fade", "weights"),
    [(0, {0: 0.3, 4: 0.3, 100: 0.3}), (10, {0: 0.3, 4: 0.3, 5: 0.27, 9: 0.15, 14: 0.0, 100: 0.0})],
    ids=["stays", "fades"],
)
def test_the_weight_falls_after_the_operators_episodes(fade: int, weights: dict[int, float]):
    cloning, _ = cloning_of(weight=0.3, fade_episodes=fade)
    cloning.add(operated(1, OPERATOR))
    for episodes, weight in weights.items():
        np.testing.assert_allclose(cloning.draw(0, episodes).weight, np.full(32, weight), atol=1e-6)


def test_cloning_alone_has_the_weight_one():
    cloning, _ = cloning_of(weight=0.3)
    cloning.add(operated(1, OPERATOR))
    assert set(cloning.draw(0).weight) == {1.0}


@pytest.mark.parametrize("episodes", [None, 3])
def test_without_any_the_weight_is_zero(episodes: int | None):
    cloning, _ = cloning_of()
    cloning.add(operated(1, OPERATOR, success=False))
    picked = cloning.draw(0, episodes)
    assert len(cloning) == 0
    assert (picked.weight.tolist(), picked.noise.shape) == ([0.0] * 32, (32, *SHAPES.noise))
    assert picked.weight.dtype == np.float32
