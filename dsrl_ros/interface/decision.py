"""A decision as people plot it, in plain numbers."""

import numpy as np

from dsrl_core.acting.assembler import Complete
from dsrl_core.acting.steering import Choice
from dsrl_ros import msg
from dsrl_ros.interface.conversion import EpisodeId, header


def decision_message(choice: Choice, complete: Complete, who: EpisodeId, group: str) -> msg.Decision:
    """One decision for people; times in ms."""
    noise = choice.chunk.noise
    message = msg.Decision(header=header(choice.chunk.stamp_ns), run_id=who.run_id, robot=who.robot)
    message.episode, message.group, message.decision = who.episode, group, choice.decision
    message.noise_source, message.params_version = str(noise.source), noise.params_version
    message.noise_norm = float(np.sqrt(np.mean(np.square(noise.values))))
    message.q, message.last_reward = choice.q, complete.signal.reward
    message.observe_ms = 1e3 * (complete.last_s - complete.first_s)
    message.actor_ms, message.policy_ms = 1e3 * choice.actor_s, 1e3 * choice.policy_s
    message.total_ms = message.observe_ms + message.actor_ms + message.policy_ms
    return message
