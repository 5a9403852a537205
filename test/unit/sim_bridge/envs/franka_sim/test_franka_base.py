"""The shipped base policy of franka_sim fits its contract and lifts the lit block now and then."""

from importlib.util import find_spec

import numpy as np
import pytest

from dsrl_core.app.compose import load_run
from dsrl_core.config.paths import share
from dsrl_core.policy.base import Policy, make_policy
from dsrl_core.types import Observation
from sim_bridge.envs import franka_sim
from sim_bridge.envs.franka_sim.environment import FrankaSim

pytestmark = pytest.mark.skipif(find_spec("franky_sim") is None, reason="franky-sim is not installed")
PLATFORM = load_run("franka_sim", "test").platform
EPISODES = 12


def lifts(environment: FrankaSim, policy: Policy, seed: int) -> bool:
    """One episode under one noise vector per decision, repeated over the horizon."""
    rng = np.random.default_rng([seed, 1])
    horizon, dim = PLATFORM.policy.horizon, PLATFORM.policy.noise_dim
    environment.reset(seed, seed % environment.spec.variants)
    for _ in range(PLATFORM.episode.max_steps // PLATFORM.policy.execute):
        noise = np.repeat(rng.standard_normal((1, dim), np.float32), horizon, axis=0)
        chunk = policy.infer(Observation(0, environment.render(), environment.state()), noise)
        for action in chunk[: PLATFORM.policy.execute].clip(*PLATFORM.action.bounds()):
            if environment.step(action).success:
                return True
    return False


def test_weights_are_small() -> None:
    assert (share() / "config" / PLATFORM.policy.endpoint).stat().st_size < 8e6


def test_base_succeeds_sometimes_and_never_breaks_a_limit_of_the_arm() -> None:
    environment, policy = franka_sim.make(**PLATFORM.robot_end.options), make_policy(PLATFORM)
    successes = sum(lifts(environment, policy, 10**6 + i) for i in range(EPISODES))
    environment.close()
    policy.close()
    assert 1 <= successes < EPISODES
    assert environment.reflexes == 0
