"""LIBERO's scripted demonstrator in the simulator: success, misses that fail, and demonstrations that repeat."""

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero import demonstrations
from sim_bridge.envs.libero import environment as libero

try:
    libero.task_facts()
except ConfigError as missing:
    pytest.skip(f"no LIBERO here: {missing}", allow_module_level=True)


@pytest.fixture(scope="module")
def env() -> Iterator[libero.LiberoEnvironment]:
    environment = libero.make(fast_render="true")
    yield environment
    environment.close()


def successes(environment: libero.LiberoEnvironment, episodes: int, speed: float = 1.0) -> int:
    """Of demonstrations in which nothing is wrong; nothing is rendered."""
    from sim_bridge.envs.libero.expert import Style, attempt

    return sum(attempt(environment, 10**6 + i, Style(speed=speed))[1] for i in range(episodes))


@pytest.mark.slow
@pytest.mark.parametrize("speed", [0.85, 1.0])
def test_the_expert_puts_it_into_the_tray(env: libero.LiberoEnvironment, speed: float) -> None:
    assert successes(env, 2, speed) == 2


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [{"miss": np.array([0.0, 0.04, 0.0])}, {"late": 4}])
def test_a_hand_that_closes_beside_the_object_or_too_late_fails(env: libero.LiberoEnvironment, wrong: Any) -> None:
    from sim_bridge.envs.libero.expert import Style, attempt

    assert not attempt(env, 0, Style(**wrong))[1]


@pytest.mark.slow
def test_demonstrations_repeat_wherever_they_begin_and_observe_around_decisions() -> None:
    first = list(demonstrations(2, 5, fast_render="true"))
    (again,) = demonstrations(2, 5, first=1, fast_render="true")
    np.testing.assert_array_equal(again.actions, first[1].actions)
    np.testing.assert_array_equal(again.images["wrist"], first[1].images["wrist"])
    np.testing.assert_array_equal(first[0].images["agentview"][0], first[1].images["agentview"][0])
    assert not np.array_equal(first[0].actions[:40], first[1].actions[:40])
    for demo in first:
        assert demo.starts is not None
        assert {0, 1, 19, 20, 21, 39, 40, 41} <= set(demo.starts.tolist())
        assert set(demo.images) == {"agentview", "wrist"}
        assert demo.states.shape == (len(demo.starts), 8)
        assert np.abs(demo.actions).max() <= 1.0


@pytest.mark.slow
def test_collecting_leaves_nothing_behind_that_disturbs_another_environments_images(
    env: libero.LiberoEnvironment,
) -> None:
    env.reset(0)
    before = env.render()
    list(demonstrations(1, 5, fast_render="true"))
    gc.collect()
    env.reset(0)
    for name, image in env.render().items():
        np.testing.assert_array_equal(image, before[name])


def test_two_operators_are_early_and_two_late_by_as_much() -> None:
    from sim_bridge.envs.libero.expert import OPERATORS, reaction

    late = [reaction(operator) for operator in range(OPERATORS)]
    assert sum(late) == 0
    assert late == sorted(late)
    assert 3.0 < np.std(late) < 4.0


@pytest.mark.long
def test_the_experts_rate_on_the_steered_task(env: libero.LiberoEnvironment) -> None:
    assert successes(env, 25) >= 23


@pytest.mark.long
def test_the_experts_rate_on_libero_object() -> None:
    rates = []
    for task in range(10):
        environment = libero.make("libero_object", str(task), fast_render="true")
        rates.append(successes(environment, 10) / 10)
        environment.close()
    assert sum(rate >= 0.8 for rate in rates) >= 8, rates
