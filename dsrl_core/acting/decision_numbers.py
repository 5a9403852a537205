"""A decision in the numbers that people plot."""

import numpy as np

from dsrl_core.acting.steering import Choice
from dsrl_core.record.details import DecisionNumbers


def numbers_of(choice: Choice, group: str, last_reward: float, observe_s: float = 0.0) -> DecisionNumbers:
    """A decision in numbers.

    Args:
        choice: what steering decided.
        group: series of the schedule.
        last_reward: of the decision before, 0 at the first.
        observe_s: from the first to the last stream of the observation; 0 where nothing is waited for.
    """
    noise = choice.chunk.noise
    return DecisionNumbers(
        stamp_ns=choice.chunk.stamp_ns,
        group=group,
        decision=choice.decision,
        noise_source=str(noise.source),
        noise_norm=float(np.sqrt(np.mean(np.square(noise.values)))),
        q=choice.q,
        params_version=noise.params_version,
        last_reward=last_reward,
        observe_ms=1e3 * observe_s,
        actor_ms=1e3 * choice.actor_s,
        policy_ms=1e3 * choice.policy_s,
    )
