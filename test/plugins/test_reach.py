"""The light task itself: what is seen, what counts, and what its demonstrations and its base policy are made for."""

import numpy as np
import pytest

from sim_bridge.envs.reach import environment as reach
from sim_bridge.envs.reach.scene import PADS


@pytest.fixture(scope="module")
def env():
    made = reach.make()
    yield made
    made.close()


def drive(env, goal, steps=reach.MAX_STEPS):
    """Follow the expert; the step at which it succeeded, None if it did not."""
    for step in range(1, steps + 1):
        if env.step(reach.expert(env.state(), goal)).success:
            return step
    return None


def test_only_the_picture_tells_which_pad_is_lit(env):
    states, pictures = set(), set()
    for pad in range(len(PADS)):
        env.reset(4, pad)
        env.step(np.array([0.1, -0.1], np.float32))
        states.add(env.state().tobytes())
        pictures.add(env.render()["front"].tobytes())
    assert len(states) == 1
    assert len(pictures) == len(PADS)


@pytest.mark.parametrize("pad", range(len(PADS)))
def test_the_lit_pad_and_no_other_ends_the_episode(env, pad):
    for goal in range(len(PADS)):
        env.reset(20 + goal, pad)
        assert (drive(env, goal) is not None) == (goal == pad)


def test_a_success_takes_about_four_decisions_of_ten_steps(env):
    lengths = []
    for seed in range(8):
        env.reset(seed, seed % 4)
        lengths.append(drive(env, seed % 4))
    assert min(lengths) >= 25
    assert max(lengths) <= 40


def test_passing_over_the_pad_is_not_resting_there(env):
    env.reset(0, 0)
    env.place(np.array(PADS[0]) - [0.08, 0.0])
    results = [env.step(np.array([0.4, 0.0], np.float32)) for _ in range(8)]
    assert env.state()[0] > PADS[0][0] + reach.REACHED, "it did not pass the pad"
    assert not any(result.success for result in results)


def test_demonstrations_go_from_each_start_to_every_pad_under_one_light():
    demos = list(reach.demonstrations(8, 2))
    for group in (demos[:4], demos[4:]):
        assert len({demo.states[0].tobytes() for demo in group}) == 1
        assert len({demo.images["front"][0].tobytes() for demo in group}) == 1
        ends = [np.argmin(np.hypot(*(np.array(PADS) - demo.states[-1]).T)) for demo in group]
        assert sorted(ends) == [0, 1, 2, 3]
    assert demos[0].states[0].tobytes() != demos[4].states[0].tobytes()
    assert all(np.abs(demo.actions[-1]).max() < 0.05 for demo in demos), "a demonstration must end at rest"
