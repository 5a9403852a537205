"""The shipped base policy fits its contract and hands the cube over now and then."""

import pytest
from base_episodes import succeeds

from dsrl_core.config.paths import share
from dsrl_core.config.resolve import load_run
from dsrl_core.policy.base import make_policy
from sim_bridge.envs.aloha import environment as aloha

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

PLATFORM = load_run("aloha", "test").platform
EPISODES = 12


def test_weights_are_small() -> None:
    assert (share() / "config" / PLATFORM.policy.endpoint).stat().st_size < 8e6


def test_base_succeeds_sometimes() -> None:
    environment, policy = aloha.make(**PLATFORM.robot_end.options), make_policy(PLATFORM)
    successes = sum(succeeds(environment, policy, PLATFORM, 10**6 + i) for i in range(EPISODES))
    environment.close()
    policy.close()
    assert 2 <= successes < EPISODES
