"""What a reward source must offer, and how one is found by name."""

from typing import Protocol

from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import make_plugin
from dsrl_core.plugins import REWARDS, load_plugin
from dsrl_core.types import RewardSignal, TaskEvent


class RewardSource(Protocol):
    def signal(self, event: TaskEvent) -> RewardSignal:
        """Outcome of the decision that ended with `event`; reward 0 at a reset, where none has."""


def make_reward(platform: Platform) -> RewardSource:
    """Build `platform.reward.kind` by `make(platform)` of its file, or `make(platform, options)` where it has any."""
    plugin = load_plugin(REWARDS, platform.reward.kind, "reward.kind")
    source: RewardSource = make_plugin(plugin, platform.reward.options, "reward.options", platform)
    return source


def outcome(event: TaskEvent, reward: float) -> RewardSignal:
    """The signal of `event` with `reward`: success terminates, a time-out only cuts."""
    return RewardSignal(
        stamp_ns=event.stamp_ns,
        reward=reward if len(event.executed) else 0.0,
        terminated=event.success,
        truncated=event.time_out and not event.success,
        success=event.success,
        executed=event.executed,
    )
