"""What shipped base policies are tried with."""

import numpy as np

from dsrl_core.config.platform import Platform
from dsrl_core.environment.protocol import Environment
from dsrl_core.policy.base import Policy
from dsrl_core.types import Observation


def succeeds(environment: Environment, policy: Policy, platform: Platform, seed: int, variant: int = -1) -> bool:
    """One episode under one noise vector per decision, repeated over the horizon."""
    rng = np.random.default_rng([seed, 1])
    horizon, dim = platform.policy.horizon, platform.policy.noise_dim
    environment.reset(seed, variant)
    for _ in range(platform.episode.max_steps // platform.policy.execute):
        noise = np.repeat(rng.standard_normal((1, dim), np.float32), horizon, axis=0)
        chunk = policy.infer(Observation(0, environment.render(), environment.state()), noise)
        for action in chunk[: platform.policy.execute].clip(*platform.action.bounds()):
            if environment.step(action).success:
                return True
    return False
