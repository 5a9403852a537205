"""The shipped base policies fit their contracts and hand the cube over now and then."""

import pytest
from base_episodes import succeeds

from dsrl_core.config.paths import share
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.policy.base import make_policy
from sim_bridge.envs.aloha import environment as aloha

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

EPISODES = 12


@pytest.fixture(params=["aloha", "aloha_sided"])
def platform(request: pytest.FixtureRequest) -> Platform:
    return load_run(request.param, "test").platform


def test_weights_are_small(platform: Platform) -> None:
    assert (share() / "config" / platform.policy.endpoint).stat().st_size < 8e6


def test_base_succeeds_sometimes(platform: Platform) -> None:
    environment, policy = aloha.make(**platform.robot_end.options), make_policy(platform)
    successes = sum(succeeds(environment, policy, platform, 10**6 + i) for i in range(EPISODES))
    environment.close()
    policy.close()
    assert 2 <= successes < EPISODES
