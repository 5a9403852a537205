"""What the expert of `franka_sim` would do is what it does, and to ask changes nothing."""

from contextlib import closing

import numpy as np

from sim_bridge.envs.franka_sim.environment import make
from sim_bridge.envs.franka_sim.expert import FrankaExpert


def test_a_chunk_of_the_expert_is_tried_in_the_simulator_and_undone():
    with closing(make(image_size="16")) as env:
        env.reset(3, 1)
        expert, before = FrankaExpert(env), env.data.qpos.copy()
        chunk = expert.chunk(0, 10)
        np.testing.assert_array_equal(env.data.qpos, before)
        np.testing.assert_array_equal(expert.chunk(0, 10), chunk)
        for action in chunk[:4]:
            env.step(action)
        assert np.abs(env.data.qpos - before).max() > 0.01
        np.testing.assert_allclose(expert.chunk(4, 6), chunk[4:], atol=1e-6)


def test_the_expert_lifts_the_lit_block():
    with closing(make(image_size="16")) as env:
        env.reset(3, 2)
        expert = FrankaExpert(env)
        for decision in range(9):
            for action in expert.chunk(10 * decision, 10):
                env.step(action)
            if env.succeeded():
                return
        raise AssertionError("90 steps were not enough")
