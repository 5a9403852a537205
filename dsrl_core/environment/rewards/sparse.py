"""-1 per decision and 0 for the one that succeeds, as in DSRL's reference."""

from dsrl_core.config.platform import Platform
from dsrl_core.environment.rewards.base import outcome
from dsrl_core.types import RewardSignal, TaskEvent


class SparseReward:
    def signal(self, event: TaskEvent) -> RewardSignal:
        return outcome(event, 0.0 if event.success else -1.0)


def make(platform: Platform) -> SparseReward:
    return SparseReward()
