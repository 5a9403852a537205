"""What LIBERO's expert would do is what it does, and to ask changes nothing."""

from collections.abc import Iterator

import numpy as np
import pytest
from libero_samples import assets_or_skip

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero import environment as libero
from sim_bridge.envs.libero import make_expert

assets_or_skip()


@pytest.fixture(scope="module")
def env() -> Iterator[libero.LiberoEnvironment]:
    environment = libero.make(fast_render="true")
    yield environment
    environment.close()


def trace(env: libero.LiberoEnvironment, *, ask: bool) -> tuple[np.ndarray, np.ndarray]:
    """An episode of two chunks; with `ask` the expert is asked in between, too.

    Returns:
        positions and velocities of everything after each step, and the last image.
    """
    env.reset(3)
    expert, seen, data = make_expert(env), [], env.task.env.sim.data
    for step in (0, 20):
        for action in expert.chunk(step, 20):
            if ask:
                expert.chunk(0, 2)
            env.step(action)
            seen.append(np.concatenate([data.qpos, data.qvel]))
    return np.stack(seen), env.render()["agentview"]


@pytest.mark.slow
def test_to_ask_changes_nothing_to_the_last_bit(env: libero.LiberoEnvironment) -> None:
    expected, asked = trace(env, ask=False), trace(env, ask=True)
    np.testing.assert_array_equal(asked[0], expected[0])
    np.testing.assert_array_equal(asked[1], expected[1])


@pytest.mark.slow
def test_what_it_would_do_is_what_it_does(env: libero.LiberoEnvironment) -> None:
    env.reset(4)
    expert = make_expert(env)
    chunk = expert.chunk(0, 30)
    np.testing.assert_array_equal(expert.chunk(0, 30), chunk)
    for action in chunk[:13]:
        env.step(action)
    np.testing.assert_array_equal(expert.chunk(13, 17), chunk[13:])


@pytest.mark.slow
def test_it_puts_the_thing_where_it_belongs_whoever_acted_before(env: libero.LiberoEnvironment) -> None:
    for seed in range(2):
        env.reset(seed)
        rng, expert = np.random.default_rng(seed), make_expert(env)
        for action in rng.uniform(-1, 1, (10, 7)).astype(np.float32) * [1, 1, 1, 0, 0, 0, 1]:
            env.step(action)
        assert any(env.step(action).success for step in range(10, 190, 20) for action in expert.chunk(step, 20))


def test_a_goal_that_is_more_than_placing_is_refused(env: libero.LiberoEnvironment) -> None:
    goals = env.task.env.parsed_problem["goal_state"]
    goals.append(["turnon", "flat_stove_1"])
    try:
        with pytest.raises(ConfigError, match=r"only puts things in or on others; the task's goal has: turnon flat_st"):
            make_expert(env)
    finally:
        goals.pop()
