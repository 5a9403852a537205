"""The environment's own reward, summed over the executed part of the chunk."""

from dsrl_core.config.platform import Platform
from dsrl_core.environment.rewards.base import outcome
from dsrl_core.types import RewardSignal, TaskEvent


class NativeReward:
    def signal(self, event: TaskEvent) -> RewardSignal:
        return outcome(event, event.native_reward_sum)


def make(platform: Platform) -> NativeReward:
    return NativeReward()
