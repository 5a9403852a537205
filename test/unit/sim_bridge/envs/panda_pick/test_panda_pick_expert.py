"""panda_pick's expert: it lifts the cube wherever it lies, and goes on from what others did."""

from importlib.util import find_spec

import numpy as np
import pytest

from sim_bridge.envs.panda_pick import environment as panda
from sim_bridge.envs.panda_pick import make_expert

pytestmark = pytest.mark.skipif(find_spec("gym_hil") is None, reason="gym-hil is not installed")


def succeeds(env: panda.PandaPick, step: int = 0) -> bool:
    expert = make_expert(env)
    expert.begin(0, -1)
    while step < panda.MAX_STEPS:
        for action in expert.chunk(step, 8):
            step += 1
            if env.step(action).success:
                return True
    return False


@pytest.mark.parametrize("seed", [0, 3, 4])  # in the middle of where the cube may lie, nearest, and farthest
def test_it_lifts_the_cube(env: panda.PandaPick, seed: int) -> None:
    env.reset(seed)
    assert succeeds(env)


def test_it_goes_on_from_where_others_were(env: panda.PandaPick) -> None:
    env.reset(1)
    for _ in range(30):
        env.step(np.array([0.1, -0.2, -0.1, 0.02], np.float32))
    assert succeeds(env, 30)


def test_a_chunk_leaves_the_environment_as_it_is(env: panda.PandaPick) -> None:
    env.reset(0)
    before = env.state()
    chunk = make_expert(env).chunk(0, 8)
    assert (chunk.shape, chunk.dtype) == ((8, 4), np.float32)
    np.testing.assert_array_equal(before, env.state())
