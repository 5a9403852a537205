"""The shipped base policy of franka_sim fits its contract and lifts the lit block now and then."""

from importlib.util import find_spec

import pytest
from base_episodes import succeeds

from dsrl_core.app.compose import load_run
from dsrl_core.config.paths import share
from dsrl_core.policy.base import make_policy
from sim_bridge.envs import franka_sim

pytestmark = pytest.mark.skipif(find_spec("franky_sim") is None, reason="franky-sim is not installed")
PLATFORM = load_run("franka_sim", "test").platform
EPISODES = 12


def test_weights_are_small() -> None:
    assert (share() / "config" / PLATFORM.policy.endpoint).stat().st_size < 8e6


def test_base_succeeds_sometimes_and_never_breaks_a_limit_of_the_arm() -> None:
    environment, policy = franka_sim.make(**PLATFORM.robot_end.options), make_policy(PLATFORM)
    successes = sum(
        succeeds(environment, policy, PLATFORM, 10**6 + i, (10**6 + i) % environment.spec.variants)
        for i in range(EPISODES)
    )
    environment.close()
    policy.close()
    assert 1 <= successes < EPISODES
    assert environment.reflexes == 0
