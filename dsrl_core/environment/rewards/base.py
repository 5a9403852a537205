"""The interface of a reward source, and how one is made by name."""

from dataclasses import replace
from typing import Protocol

from dsrl_core.config.platform import Platform
from dsrl_core.config.plugin_options import make_plugin
from dsrl_core.plugins import REWARDS, load_plugin
from dsrl_core.types import RewardSignal, TaskEvent


class RewardSource(Protocol):
    def signal(self, event: TaskEvent) -> RewardSignal:
        """The reward signal of the decision that `event` ends; its reward is 0 at a reset, as no decision was made."""


def make_reward(platform: Platform) -> RewardSource:
    """Make the source named `reward.kind`, by its file's `make(platform)`, or `make(platform, options)`."""
    plugin = load_plugin(REWARDS, platform.reward.kind, "reward.kind")
    source: RewardSource = make_plugin(plugin, platform.reward.options, "reward.options", platform)
    return source


def outcome(event: TaskEvent, reward: float) -> RewardSignal:
    """The signal of `event` with `reward`: success terminates the episode, a time-out truncates it.

    A reset has no reward. An end has one even if no step was carried out since the decision before, whose outcome it
    then is.
    """
    return RewardSignal(
        stamp_ns=event.stamp_ns,
        reward=reward if len(event.executed) or event.label else 0.0,
        terminated=event.success,
        truncated=event.time_out and not event.success,
        success=event.success,
        executed=event.executed,
        actors=event.actors,
        expert=event.expert,
    )


def signal_of(source: RewardSource, event: TaskEvent) -> RewardSignal:
    """The signal that `source` makes of `event`, with what the event says beside the reward."""
    return replace(source.signal(event), actors=event.actors, expert=event.expert)
