"""What a reversal is asked and what it answers; the method for a policy."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import ConfigError, InvalidRequest, SteeringUnsupported
from dsrl_core.policy.base import Policy, decodes_here, make_decoder, one_at_a_time
from dsrl_core.types import F32, Observation

LEAST_STD = np.float32(1e-6)  # of a value that is constant in the training data
EXACT = 1e-9  # a pull that costs nothing that can be seen
METHODS = ("levenberg_marquardt", "cross_entropy")


@dataclass(frozen=True, slots=True)
class Reversal:
    """The noise that comes nearest to some actions."""

    noise: F32  # [k, d], within the actor's range
    actions: F32  # [n, a], what the policy does with it, not clipped to the contract's limits
    residual: float  # root mean square of the difference, each action value by its scale


class Reverser(Protocol):
    """Finds the noise behind actions."""

    def reverse(self, observation: Observation, actions: F32) -> Reversal:
        """Find the noise under which the policy's chunk at `observation` begins with `actions`.

        Args:
            observation: at policy size.
            actions: f32[n, a] of the contract, at most a horizon of them; what follows them may be anything.
        Raises:
            InvalidRequest: no actions or too many, of another size, or one is not finite.
            PolicyError: the policy gave no valid answer.
        """


def make_reverser(config: RunConfig, policy: Policy, method: str = "", pull: float | None = None) -> Reverser:
    """The reverser of a run's policy.

    Args:
        config: its contract, and the range of its actor's noise.
        policy: of that contract; asked for chunks where the method decodes nothing itself.
        pull: towards noise 0, as `operator.pull` has it; None: that one. With EXACT, chunks that the policy can do are
            found as closely as the method can.
        method: one of METHODS; empty: `levenberg_marquardt` where the policy can be traced here, else `cross_entropy`.
    Raises:
        ConfigError: no such method, or the policy cannot be traced, or its weights are missing or damaged.
        SteeringUnsupported: the policy decodes elsewhere, one noise at a time: a reversal would take too long.
    """
    from dsrl_core.reversal import cross_entropy, levenberg_marquardt  # here: they import jax, and this module

    if method not in ("", *METHODS):
        raise ConfigError(f"{method!r} is no method of reversal; allowed: {', '.join(METHODS)}")
    scale, pull = action_scale(config, policy), config.platform.operator.pull if pull is None else pull
    if method == "cross_entropy" or not (method or decodes_here(config.platform)):
        if why := one_at_a_time(policy):
            raise SteeringUnsupported(f"no noise can be found behind actions: {why}")
        return cross_entropy.CrossEntropy(config, policy, scale, pull)
    return levenberg_marquardt.LevenbergMarquardt(config, make_decoder(config.platform), scale, pull)


def checked(actions: F32, horizon: int, size: int) -> F32:
    """`actions` if they can be reversed, else InvalidRequest."""
    if actions.ndim != 2 or actions.shape[1] != size or not 1 <= len(actions) <= horizon:
        raise InvalidRequest(f"reversal: expected 1 to {horizon} actions of {size} values, got shape {actions.shape}")
    if not np.isfinite(actions).all():
        raise InvalidRequest("reversal: an action holds NaN or infinity")
    return np.asarray(actions, np.float32)


def action_scale(config: RunConfig, policy: Policy) -> F32:
    """What the error of each action value is divided by, f32[a]: the policy's `action_std`, or half the range.

    The range is the contract's.
    """
    told: F32 | None = getattr(policy, "action_std", None)
    if told is not None:
        return np.maximum(told, LEAST_STD)
    low, high = config.platform.action.bounds()
    return np.asarray((high - low) / 2, np.float32)
