"""The `Decision` message: the numbers of a decision that people plot."""

import numpy as np

from dsrl_core.acting.assembler import Complete
from dsrl_core.acting.steering import Choice
from dsrl_ros import msg
from dsrl_ros.interface.conversion import EpisodeId, header


def decision_message(choice: Choice, complete: Complete, identity: EpisodeId, group: str) -> msg.Decision:
    """The message of one decision; its times are in ms."""
    noise = choice.chunk.noise
    message = msg.Decision(header=header(choice.chunk.stamp_ns), run_id=identity.run_id, robot=identity.robot)
    message.episode, message.group, message.decision = identity.episode, group, choice.decision
    message.noise_source, message.params_version = str(noise.source), noise.params_version
    message.noise_norm = float(np.sqrt(np.mean(np.square(noise.values))))
    message.q, message.last_reward = choice.q, complete.signal.reward
    message.observe_ms = 1e3 * (complete.last_s - complete.first_s)
    message.actor_ms, message.policy_ms = 1e3 * choice.actor_s, 1e3 * choice.policy_s
    message.total_ms = message.observe_ms + message.actor_ms + message.policy_ms
    return message
