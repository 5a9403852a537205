"""The shipped base policy fits its contract and hands the cube over now and then."""

import numpy as np
import pytest

from dsrl_core.config.paths import share
from dsrl_core.config.resolve import load_run
from dsrl_core.policy.base import Policy, make_policy
from dsrl_core.types import Observation
from sim_bridge.envs.aloha import environment as aloha

pytest.importorskip("gym_aloha", reason="gym-aloha is not installed")

PLATFORM = load_run("aloha", "test").platform
EPISODES = 12


def hands_over(environment: aloha.AlohaEnvironment, policy: Policy, seed: int) -> bool:
    """One episode under one noise vector per decision, repeated over the horizon."""
    rng = np.random.default_rng([seed, 1])
    horizon, dim = PLATFORM.policy.horizon, PLATFORM.policy.noise_dim
    environment.reset(seed)
    for _ in range(PLATFORM.episode.max_steps // PLATFORM.policy.execute):
        noise = np.repeat(rng.standard_normal((1, dim), np.float32), horizon, axis=0)
        chunk = policy.infer(Observation(0, environment.render(), environment.state()), noise)
        for action in chunk[: PLATFORM.policy.execute].clip(*PLATFORM.action.bounds()):
            if environment.step(action).success:
                return True
    return False


def test_weights_are_small() -> None:
    assert (share() / "config" / PLATFORM.policy.endpoint).stat().st_size < 8e6


def test_base_succeeds_sometimes() -> None:
    environment, policy = aloha.make(**PLATFORM.robot_end.options), make_policy(PLATFORM)
    successes = sum(hands_over(environment, policy, 10**6 + i) for i in range(EPISODES))
    environment.close()
    policy.close()
    assert 2 <= successes < EPISODES
